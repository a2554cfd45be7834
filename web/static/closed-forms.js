// Values between those of a slider, where a formula says what the picture shows there.
"use strict";

// The price of anarchy of the total-effort example: Proposition 2 of the chapter, for any c_1.
function totalEffortAnarchy(n, cost) {
  if (cost >= n) return 1;
  if (cost >= 1) return n / (cost * (1 + Math.log(n / cost)));
  return (n - Math.log(cost)) / (1 + Math.log(n / cost));
}

closedForms.anarchy_over_costs = {
  slider: "c1",
  // The curve stays; the point moves along it. Its places in the first and the last picture give the
  // horizontal scale; the peak and the level 1, the vertical one.
  draw([n, cost], [users, place], [, costs], frame) {
    const point = /(<use [^>]*x=")([\d.]+)(" y=")([\d.]+)("[^>]*fill: #d55e00)/;
    const [first] = frame([users, 0]);
    const [last] = frame([users, costs.length - 1]);
    const [low, high] = [first, last].map((svg) => Number(point.exec(svg)[2]));
    const along = Math.log(cost / costs[0]) / Math.log(costs.at(-1) / costs[0]);
    const top = Number(/<use [^>]*y="([\d.]+)"[^>]*fill: #808080/.exec(first)[1]);
    const level = Number(/d="M [\d.]+ ([\d.]+)\nL [\d.]+ \1\n"[^>]*stroke: #0072b2/.exec(first)[1]);
    const [ratio, peak] = [totalEffortAnarchy(n, cost), totalEffortAnarchy(n, 1)];
    const x = low + along * (high - low);
    const y = level + (ratio - 1) / (peak - 1) * (top - level);
    return [
      first.replace(point, (_, start, x0, middle, y0, end) =>
        `${start}${x.toFixed(1)}${middle}${y.toFixed(1)}${end}`),
      `N = ${n}, c₁ = ${cost}: ρ = ${ratio.toFixed(3)}. The peak at c₁ = 1 is ${peak.toFixed(3)}; `
        + `from c₁ = ${n} on nobody should invest and ρ = 1.`,
    ];
  },
};
