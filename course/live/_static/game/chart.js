// The projector's pictures, drawn from numbers: bars of the room, means of the groups.
"use strict";

const WIDTH = 900, LEFT = 80, RIGHT = 200, TOP = 36, BOTTOM = 56;

function drawn(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// An empty picture of a `height` for columns named `places`, values from `least` to `most`.
function frame(label, places, [least, most], { height, below, above }) {
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": label });
  const bottom = height - BOTTOM;
  const y = (value) => bottom - ((value - least) / (most - least)) * (bottom - TOP);
  const step = (WIDTH - LEFT - RIGHT) / places.length;
  const x = (k) => LEFT + step * (k + 0.5);
  svg.append(drawn("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(0), y2: y(0), class: "axis" }));
  for (const value of ticks(most)) {
    for (const each of least < 0 ? [value, -value] : [value]) {
      svg.append(drawn("text", { x: LEFT - 10, y: y(each) + 7, class: "end" }, words(each)));
    }
  }
  places.forEach((place, k) => svg.append(drawn("text", { x: x(k), y: bottom + 26, class: "middle" }, place)));
  svg.append(
    drawn("text", { x: (LEFT + WIDTH - RIGHT) / 2, y: height - 8, class: "middle" }, below),
    drawn("text", { x: 0, y: 18 }, above));
  return { svg, x, y, step };
}

function ticks(most) {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((each) => most / each <= 5) ?? 1000;
  return Array.from({ length: Math.floor(most / step) }, (_, k) => (k + 1) * step);
}

// Lines across the picture with their words at the right, which give way to each other.
function levels({ svg, y }, named) {
  let last = Infinity;
  for (const [name, value, text] of [...named].sort((a, b) => a[1] - b[1])) {
    const height = y(value);
    const words = Math.min(height + 8, last - 30);
    last = words;
    svg.append(
      drawn("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: height, y2: height, class: `level ${name}` }),
      drawn("text", { x: WIDTH - RIGHT + 10, y: words, class: `words ${name}` }, text));
  }
}

// Bars are put first: the axis lies over them, and is seen where a bar has no height.
function roomChart(room, rounds) {
  const totals = room.rounds.map(({ red, black }) => red + black);
  const most = 1.15 * Math.max(room.optimum, ...totals, 1);
  const label = `Total effort ${totals.join(", ")} in rounds 1 to ${totals.length}; `
    + `equilibrium ${words(room.nash, 1)}, optimum ${words(room.optimum, 1)}.`;
  const places = Array.from({ length: Math.max(rounds, totals.length) }, (_, k) => k + 1);
  const axes = frame(label, places, [0, most], { height: 520, below: "round", above: "total effort of the room" });
  room.rounds.forEach(({ red, black }, k) => {
    const bar = (from, to, kind) => axes.svg.prepend(drawn("rect", {
      x: axes.x(k) - axes.step * 0.3, width: axes.step * 0.6, y: axes.y(to),
      height: axes.y(from) - axes.y(to), class: kind,
    }));
    bar(0, red, "reds");
    bar(red, red + black, "blacks");
    axes.svg.append(drawn("text", { x: axes.x(k), y: axes.y(red + black) - 8, class: "middle strong" }, red + black));
  });
  levels(axes, [
    ["equilibrium", room.nash, `equilibrium ${words(room.nash)}`],
    ["optimum", room.optimum, `optimum ${words(room.optimum)}`],
  ]);
  return axes.svg;
}

function groupsChart(groups, best, efforts) {
  const turns = [...new Set(groups.flatMap((group) => group.rounds.map(({ turn }) => turn)))];
  const alone = groups.some((group) => group.alone !== null);
  const rounds = [...(alone ? [0] : []), ...turns];
  const label = `Efforts of the groups' investors in rounds ${rounds.join(", ")}; optimum ${best}.`;
  const axes = frame(label, rounds, [0, efforts.at(-1)], { height: 290, below: "round", above: "effort in each group" });
  const at = (turn) => axes.x(rounds.indexOf(turn));
  groups.forEach((group, k) => {
    const shift = axes.step * 0.6 * ((k + 0.5) / groups.length - 0.5);
    const points = group.rounds.map(({ turn, effort }) => [turn, effort]);
    if (group.alone !== null) points.unshift([0, group.alone]);
    for (const [turn, effort] of points) {
      axes.svg.append(drawn("circle", {
        cx: at(turn) + shift, cy: axes.y(effort), r: 8, class: turn && turn === group.agreed ? "agreed" : "mean",
      }));
    }
  });
  levels(axes, [["optimum", best, `optimum ${best}`]]);
  return axes.svg;
}

// What is paid goes up and what is received goes down: the same height on both sides.
function taxesChart(groups) {
  const settled = groups.filter((group) => group.taxes);
  const side = (group, sign) => group.taxes.filter((tax) => tax * sign > 0);
  const most = Math.max(1, ...settled.map((group) => side(group, 1).reduce((a, b) => a + b, 0)));
  const label = settled.map(({ group, taxes }) =>
    `Group ${group}: taxes ${taxes.map((tax) => words(tax)).join(", ")}`).join(". ");
  const axes = frame(label, settled.map(({ group }) => group), [-1.1 * most, 1.1 * most],
    { height: 290, below: "group", above: "taxes in the last round" });
  settled.forEach((group, k) => {
    for (const [sign, kind] of [[1, "pays"], [-1, "gets"]]) {
      let from = 0;
      for (const tax of side(group, sign)) {
        const [top, bottom] = [from, from + tax].map(axes.y).sort((a, b) => a - b);
        axes.svg.prepend(drawn("rect", {
          x: axes.x(k) - axes.step * 0.3, width: axes.step * 0.6, y: top, height: bottom - top, class: kind,
        }));
        from += tax;
      }
    }
  });
  axes.svg.append(
    drawn("text", { x: WIDTH - RIGHT + 10, y: axes.y(most / 2), class: "words pays" }, "paid"),
    drawn("text", { x: WIDTH - RIGHT + 10, y: axes.y(-most / 2), class: "words gets" }, "received"));
  return axes.svg;
}
