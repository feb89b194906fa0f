// Lives here: the lesson of why the lasso selects: its state, undo and layout. Independent of: the page around it.
const LassoLesson = (() => {
  "use strict";

  const PANELS = ["penalty", "data", "samples", "optimality", "thresholds", "replay", "profile"];
  const MAX_UNDO = 200;
  const SAVE_MILLISECONDS = 200;
  const SPEAK_MILLISECONDS = 600;

  /** A function that runs once the calls have paused. */
  function delayed(run, milliseconds) {
    let timer = null;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(run, milliseconds);
    };
  }

  /** The state with its undo; `changed()` is called after each change. */
  function makeStore(initial, changed) {
    let state = LassoLessonState.sanitise(initial);
    let view = LassoLessonState.derive(state);
    const past = [];
    const set = (next) => {
      state = LassoLessonState.sanitise(next);
      view = LassoLessonState.derive(state);
      changed();
    };
    const begin = () => {
      if (past.at(-1) !== state) {
        past.push(state);
        past.splice(0, past.length - MAX_UNDO);
      }
    };
    const change = (part) => set({ ...state, ...part });
    const commit = (part) => {
      begin();
      change(part);
    };
    return {
      begin, change, commit, end: () => changed(), state: () => state, view: () => view, size: () => view.t,
      canUndo: () => past.some((former) => former !== state),
      restart(part) {
        begin();
        set({ ...LassoLessonState.DEFAULTS, ...part });
      },
      undo() {
        const former = past.findLast((entry) => entry !== state);
        if (former) {
          past.splice(past.lastIndexOf(former));
          set(former);
        }
      },
    };
  }

  /** The slider of lambda runs from 0 to 1; for penalties with a ridge part its scale is a square. */
  function lambdaScale(store) {
    const power = () => (store.view().ratio === 1 ? 1 : 2);
    const top = () => LassoLessonState.topLambda(store.view().problem, store.view().ratio);
    return {
      toLambda: (share) => top() * share ** power(),
      fromLambda: (lambda) => (top() > 0 ? Math.min(1, lambda / top()) ** (1 / power()) : 0),
    };
  }

  function makeActions(store) {
    return { ...store, ...lambdaScale(store),
      moveCentre: ([c1, c2]) => store.change({ c1, c2 }),
      moveSize: (t) => store.change({ hold: "t", t }),
      moveStart: ([start1, start2]) => store.change({ start1, start2 }),
      hold: (held) => store.commit({ hold: held, t: store.view().t, lambda: store.view().lambda }),
    };
  }

  function makeParts(actions) {
    const panels = LassoLessonPanels;
    return {
      steps: LassoLessonSteps.makeCard(actions), plane: LassoLessonPlane.makePlane(actions),
      readout: panels.makeReadout(), penalty: panels.makePenalty(actions), data: panels.makeData(actions),
      samples: panels.makeSamples(actions), replay: panels.makeReplay(actions), thresholds: panels.makeThresholds(),
      optimality: panels.makeOptimality(), profile: panels.makeProfile(actions), python: panels.makePython(),
    };
  }

  function arrange(parts, stack, status) {
    const { element } = LassoLessonDom;
    const figure = element("section", { class: "panel lesson-panel lesson-at-figure", "aria-label": "The plane" },
      parts.readout.root, parts.plane.root, LassoLessonPanels.planeKey());
    return element("div", { class: "lesson" }, element("div", { class: "lesson-layout" }, figure, stack), status);
  }

  /** Puts the panels that a step speaks of right after its card, the other ones after them. */
  function order(parts, stack, step) {
    const featured = LassoLessonSteps.STEPS[step].panels;
    const rest = PANELS.filter((name) => !featured.includes(name));
    const roots = ["steps", ...featured, ...rest, "python"].map((name) => parts[name].root);
    if (roots.some((root, k) => stack.children[k] !== root)) {
      const focused = document.activeElement;
      stack.replaceChildren(...roots);
      if (stack.contains(focused)) {
        focused.focus({ preventScroll: true });
      }
    }
  }

  /**
   * Builds the lesson inside `container`. `initialState` is a plain object from a link, `onState(state)` receives the
   * state after each change. `setVisible(shown)` must be told when the lesson comes into view or leaves it.
   */
  function mount(container, { initialState = {}, onState = () => {} } = {}) {
    let visible = true;
    let parts = null;
    const status = LassoLessonDom.element("p", { class: "sr-only", role: "status" });
    const save = delayed(() => onState(LassoLessonState.brief(store.state())), SAVE_MILLISECONDS);
    const speak = delayed(() => { status.textContent = visible ? LassoLessonWords.spoken(store.view()) : ""; },
      SPEAK_MILLISECONDS);
    const stack = LassoLessonDom.element("div", { class: "lesson-stack" });
    const render = () => {
      if (visible && parts) {
        order(parts, stack, store.state().step);
        Object.values(parts).forEach((part) => part.render(store.view()));
      }
    };
    const store = makeStore(initialState, () => {
      render();
      save();
      speak();
    });
    parts = makeParts(makeActions(store));
    const root = arrange(parts, stack, status);
    container.replaceChildren(root);
    root.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z") {
        event.preventDefault();
        store.undo();
      }
    });
    let width = 0;
    new ResizeObserver(() => {
      if (root.clientWidth !== width) {
        width = root.clientWidth;
        LassoLessonDom.forgetWidths();
        render();
      }
    }).observe(root);
    render();
    return {
      setVisible(shown) {
        visible = Boolean(shown);
        if (visible) {
          LassoLessonDom.forgetWidths();
          render();
        } else {
          parts.replay.stop();
          parts.profile.stop();
        }
      },
      state: () => LassoLessonState.brief(store.state()),
    };
  }

  return { mount };
})();
