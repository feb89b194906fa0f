/* Lives here: which results of the search come first. Independent of: what is searched for. */
var Scorer = {
  /* Pages for users of the library before those for its developers; sections before the glossary's one sentence. */
  score: ([page, title, anchor, description, score]) => {
    const weights = [[/^guide\//, 6], [/^(index|installation|migration)$/, 3], [/^auto_gallery\//, 1],
      [/^glossary/, -2], [/^(changelog|architecture|performance|math|security|versioning|contributing\/)/, -4]];
    const found = weights.find(([pages]) => pages.test(page));
    return score + (found ? found[1] : 0);
  },
  objNameMatch: 11,             /* the full name of an object */
  objPartialMatch: 6,           /* its last part, or a piece of it */
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
