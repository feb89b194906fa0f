// Lives here: the steps that teach, one idea each, with a question before its answer. Independent of: the figures.
const LassoLessonSteps = (() => {
  "use strict";

  /** `setup` is the state that a step begins with, `reveal` what its answer changes, `panels` what it speaks of. */
  const STEPS = [
    { title: "A region for the coefficients", setup: {},
      text: "Each point of the plane is a pair of coefficients. The loss is smallest at the least-squares point "
        + "and equal along each ellipse around it. The lasso takes the point of the diamond |b₁| + |b₂| ≤ t with "
        + "the smallest loss: there, an ellipse touches the diamond.",
      question: "Drag the least-squares point around. Where does the solution stay while the point moves?",
      reveal: { zones: 1 }, panels: ["penalty"],
      answer: "At a corner, where one coefficient is exactly 0. The solution stays there as long as least "
        + "squares is in the shaded zone beyond that corner. The zones are wide, so zeros are common and not a "
        + "coincidence." },
    { title: "Ridge has no corners", setup: { penalty: "ridge", c1: 1.9, c2: 1.1 },
      text: "Ridge regression minimises the same loss within a circle, b₁² + b₂² ≤ t². A circle has no corners.",
      question: "For which positions of the least-squares point does ridge set b₂ to exactly 0?",
      reveal: { zones: 1 }, panels: ["penalty"],
      answer: "Only for those on a line (green) that bends at the circle: the zone has no width. Ridge makes "
        + "coefficients smaller, but it does not select. Try the elastic net, which lies between the two: its region "
        + "has corners and curved sides." },
    { title: "The soft threshold", setup: { hold: "lambda", lambda: 1, c2: 0.7 },
      text: "Keep b₂ fixed and minimise over b₁ alone. With standardised features the minimum is the soft "
        + "threshold S(z₁, λ) = sign(z₁) · max(|z₁| − λ, 0), where z₁ = x₁′(y − x₂b₂)/n is the correlation of x₁ "
        + "with what x₂ leaves unexplained.",
      question: "For which values of z is the coefficient exactly 0? What does ridge do with them?",
      reveal: { lambda: 0.8 }, panels: ["thresholds"],
      answer: "For every z from −λ to λ. At 0 the slope of |b| jumps from −1 to 1, and a loss whose slope is "
        + "within ±λ cannot move b away from 0. The slope of b² at 0 is 0, so ridge gives z/(1 + λ): 0 only for z = "
        + "0." },
    { title: "The path of solutions", setup: { hold: "lambda", lambda: 1.6 },
      text: "As λ falls from λ_max to 0, the solution moves along the dotted line from 0 to least squares. Move "
        + "the slider of λ and watch the table of the optimality conditions.",
      question: "Which feature enters first, at which λ, and when does the other one join it?",
      reveal: { lambda: 0.9 }, panels: ["penalty", "optimality", "profile"],
      answer: "The feature with the largest |x′y|/n enters first, when λ falls below that value. The other one "
        + "joins when its correlation with the residual reaches λ too. While neither is 0, both have |x′r|/n = λ." },
    { title: "Correlated features", setup: { c1: 1.5, c2: 1.5, r: 0.95, hold: "lambda", lambda: 2 },
      text: "Both features have the same effect here, and their correlation is 0.95. The ellipses are narrow: "
        + "many pairs of coefficients predict almost equally well.",
      question: "Draw some samples of this model. Does the lasso keep the same features each time?",
      reveal: { samples: 40 }, panels: ["samples", "data"],
      answer: "No. It often keeps only one of the two, and the noise decides which. A feature that is left out "
        + "is not therefore unimportant: before you trust a selection, see how often resampled data repeat it." },
    { title: "The elastic net shares", setup: { c1: 1.2, c2: 1.2, r: 1, hold: "lambda", lambda: 0.8 },
      text: "Now x₂ is a copy of x₁. Predictions depend on b₁ + b₂ only, and so does the lasso's penalty if "
        + "both are positive: every split of the sum is a solution.",
      question: "How will the elastic net split the coefficient?",
      reveal: { penalty: "elastic_net" }, panels: ["penalty"],
      answer: "Equally, because b₁² + b₂² is smallest there. The elastic net gives strongly correlated features "
        + "similar coefficients, and its solution is unique even when features are copies." },
    { title: "Coordinate descent", setup: { c1: 1.3, c2: 1.6, r: 0.85, hold: "lambda", lambda: 0.3, replay: 1 },
      text: "Coordinate descent minimises over one coefficient at a time, each time by the threshold of step 3. "
        + "Its moves are therefore parallel to the axes.",
      question: "Step through it. Then set the correlation to 0: how many updates does it need?",
      reveal: { k: 40 }, panels: ["replay", "data"],
      answer: "Two: without correlation neither coefficient affects the other. The stronger the correlation, "
        + "the narrower the ellipses and the shorter the steps. Proximal gradient moves both coefficients at once, "
        + "with a step that is safe in every direction; here it needs more updates." },
  ];

  /** The card of the steps; `actions.restart(change)` sets a state up, `actions.commit(change)` changes it. */
  function makeCard(actions) {
    const { element, button } = LassoLessonDom;
    const count = element("p", { class: "lesson-count muted" });
    const title = element("h2", { tabindex: -1 });
    const text = element("p", { class: "lesson-text" });
    const question = element("p", { class: "lesson-question" });
    const answer = element("p", { class: "lesson-answer", "aria-live": "polite" });
    let revealed = -1;
    const go = (step) => {
      revealed = -1;
      actions.restart({ step, ...STEPS[step].setup });
      title.focus({ preventScroll: true });
    };
    const reveal = button("Show the answer", () => {
      const { step } = actions.state();
      revealed = step;
      actions.commit(STEPS[step].reveal);
    });
    const previous = button("Previous", () => go(actions.state().step - 1));
    const next = button("Next", () => go(actions.state().step + 1), { class: "button lesson-next" });
    const root = element("section", { class: "panel lesson-steps", "aria-label": "Steps" },
      element("div", { class: "lesson-steps-text" }, count, title, text, question, answer),
      element("div", { class: "lesson-row lesson-steps-buttons" }, reveal, previous, next));
    return { root, render({ state }) {
      const step = STEPS[state.step];
      if (revealed !== state.step) {
        revealed = -1;
      }
      count.textContent = `Step ${state.step + 1} of ${STEPS.length}`;
      title.textContent = step.title;
      text.textContent = step.text;
      question.textContent = step.question;
      answer.textContent = revealed < 0 ? "" : step.answer;
      reveal.disabled = revealed >= 0;
      previous.disabled = state.step === 0;
      next.disabled = state.step === STEPS.length - 1;
    } };
  }

  return { STEPS, makeCard };
})();
