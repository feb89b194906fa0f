import os, lassocore
L=os.environ["LEVEL"]
if os.environ.get("CD"):
    import lassocore.settings as st
    old=st.Settings.__post_init__
    def post(self):
        object.__setattr__(self,"solver","cd"); old(self)
    st.Settings.__post_init__=post
lassocore.patch_sklearn(estimators=L=="classes", kernels=L=="kernels")
