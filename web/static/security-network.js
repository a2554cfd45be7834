// The first page's network: users whose efforts are made dearer or cheaper, and what follows left
// alone, at the optimum and with PESIM. Its games are those of figures.who_rides_free, solved here.
"use strict";

const LEVELS = [0.2, 0.4, 0.8];
const START = [0.2, 0.4, 0.4, 0.4, 0.4];
const NEIGHBOUR = 0.5;
// Of the largest effort: far below what is shown.
const SMALL = 1e-13;
const SWEEPS = 100000;

// Weights of a ring: a user's own effort counts once, either neighbour's a half.
function ring(n) {
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, k) => {
    const apart = Math.min((i - k + n) % n, (k - i + n) % n);
    return apart === 0 ? 1 : apart === 1 ? NEIGHBOUR : 0;
  }));
}

const risks = (weights, x) =>
  weights.map((row) => Math.exp(-row.reduce((sum, weight, k) => sum + weight * x[k], 0)));

// Efforts, each in turn set to `best(k, x)`, until none moves.
function settled(n, best) {
  const x = Array(n).fill(0);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    let moved = 0;
    for (let k = 0; k < n; k += 1) {
      const effort = best(k, x);
      moved = Math.max(moved, Math.abs(effort - x[k]));
      x[k] = effort;
    }
    if (moved <= SMALL * Math.max(1, ...x)) return x;
  }
  throw new Error(`efforts do not settle in ${SWEEPS} rounds`);
}

// (3): each user's best reply to the others. On this ring their order does not matter.
function equilibriumEfforts(weights, costs) {
  return settled(costs.length, (k, x) => {
    const others = weights[k].reduce((sum, weight, i) => sum + (i === k ? 0 : weight * x[i]), 0);
    return Math.max(0, (Math.log(weights[k][k] / costs[k]) - others) / weights[k][k]);
  });
}

// (2): each effort in turn is best for all. Newton's steps rise to the place from below: what an
// effort still saves falls with it, ever more slowly.
function optimalEfforts(weights, costs) {
  return settled(costs.length, (k, x) => {
    const trial = x.with(k, 0);
    for (;;) {
      const risk = risks(weights, trial);
      const saved = risk.reduce((sum, each, i) => sum + weights[i][k] * each, 0);
      const curved = risk.reduce((sum, each, i) => sum + weights[i][k] ** 2 * each, 0);
      const step = (saved - costs[k]) / curved;
      if (step <= SMALL) return trial[k];
      trial[k] += step;
    }
  });
}

// (12): what others lose by a user's effort, less what it loses by theirs, at Lindahl's prices.
function pesimTaxes(weights, x) {
  const risk = risks(weights, x);
  return x.map((own, k) => risk.reduce((sum, each, i) =>
    (i === k ? sum : sum - weights[i][k] * each * own + weights[k][i] * risk[k] * x[i]), 0));
}

const socialCost = (weights, costs, x) =>
  risks(weights, x).reduce((sum, risk, k) => sum + risk + costs[k] * x[k], 0);

function whoRidesFree(weights, costs) {
  const [alone, best] = [equilibriumEfforts, optimalEfforts].map((solve) => solve(weights, costs));
  const taxes = pesimTaxes(weights, best);
  const spent = (x) => x.map((effort, k) => effort * costs[k]);
  return [
    { name: "Left alone", kind: "equilibrium", x: alone, pays: spent(alone) },
    { name: "Best for all", kind: "optimum", x: best, pays: spent(best) },
    { name: "With PESIM", kind: "pesim", x: best, pays: spent(best).map((cost, k) => cost + taxes[k]), taxes },
  ].map((state) => ({ ...state, lost: socialCost(weights, costs, state.x) }));
}

function ridersWords(efforts) {
  const users = efforts.flatMap((effort, k) => (effort > 0 ? [] : [k + 1]));
  if (!users.length) return "nobody rides free";
  if (users.length === 1) return `user ${users[0]} rides free`;
  return `users ${users.slice(0, -1).join(", ")} and ${users.at(-1)} ride free`;
}

// Who gets more than it spends pays a negative amount.
const money = (amount) => amount.toFixed(2).replace(/^-(?=0\.00$)/, "").replace("-", "−");

function showNetwork(picture) {
  const weights = ring(START.length);
  const costs = [...START];
  const places = START.map((_, k) => {
    const angle = Math.PI / 2 - 2 * Math.PI * k / START.length;
    return [Math.cos(angle), Math.sin(angle)];
  });
  const reading = picture.nextElementSibling;
  const network = document.createElement("div");
  network.className = "network";
  network.innerHTML = `<p>Touch a user: its effort becomes cheaper, and then dear again.</p>
    <div class="network-panels"></div>`;
  const panels = whoRidesFree(weights, costs).map((state, number) => {
    const panel = document.createElement("div");
    panel.className = `network-panel ${state.kind}`;
    const points = places.map(([x, y]) => `${x},${-y}`).join(" ");
    panel.innerHTML = `<p>${state.name}</p><div class="network-ring">
      <svg viewBox="-1.8 -1.6 3.6 3.1" aria-hidden="true"><polygon points="${points}"/></svg></div>
      <p class="network-lost"></p>`;
    const users = places.map(([x, y], k) => {
      // One of the three networks is enough for those who use keys.
      const user = document.createElement(number ? "div" : "button");
      if (!number) user.type = "button";
      user.className = "network-user";
      user.style.left = `${(x + 1.8) / 3.6 * 100}%`;
      user.style.top = `${(1.6 - y) / 3.1 * 100}%`;
      user.innerHTML = `<span class="disc"></span><span class="who" aria-hidden="true"></span>
        <span class="pays" aria-hidden="true"></span><span class="visually-hidden"></span>`;
      const [, who, pays] = user.children;
      who.style.translate = `calc(-50% - ${x * 1.75}em) calc(-50% + ${y * 1.75}em)`;
      pays.style.translate = `calc(-50% + ${x} * var(--out)) calc(-50% - ${y * 1.75}em)`;
      user.addEventListener("click", () => change(k, (LEVELS.indexOf(costs[k]) || LEVELS.length) - 1));
      user.addEventListener("keydown", (event) => {
        const step = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const level = LEVELS.indexOf(costs[k]) + step;
        if (level in LEVELS) change(k, level);
      });
      return user;
    });
    panel.querySelector(".network-ring").append(...users);
    network.querySelector(".network-panels").append(panel);
    return { panel, users };
  });
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = "Start again";
  again.addEventListener("click", () => {
    START.forEach((cost, k) => (costs[k] = cost));
    show();
  });
  const key = document.createElement("p");
  key.className = "network-key";
  key.innerHTML = LEVELS.map((cost, level) =>
    `<span><i class="pips">${"●".repeat(level + 1)}</i> a unit of effort costs ${cost}</span>`).join(" ");
  network.append(key, again);

  function change(k, level) {
    costs[k] = LEVELS[level];
    show(k);
  }

  function show(touched) {
    const states = whoRidesFree(weights, costs);
    const [alone, best, pesim] = states;
    states.forEach((state, number) => {
      const { panel, users } = panels[number];
      users.forEach((user, k) => {
        const [disc, who, pays, name] = user.children;
        disc.style.width = `${state.x[k] > 0 ? 0.5 + 0.9 * Math.sqrt(state.x[k]) : 0.45}em`;
        user.classList.toggle("idle", !(state.x[k] > 0));
        who.innerHTML = `${k + 1}<i class="pips">${"●".repeat(LEVELS.indexOf(costs[k]) + 1)}</i>`;
        pays.textContent = money(state.pays[k]);
        if (!number) {
          const next = costs[k] === LEVELS[0] ? "Make it dear" : "Make it cheaper";
          name.textContent = `User ${k + 1}: a unit of effort costs ${costs[k]}. Left alone it pays `
            + `${money(state.pays[k])}, with PESIM ${money(pesim.pays[k])}. ${next}`;
        }
      });
      panel.querySelector(".network-lost").textContent = `All lose ${state.lost.toFixed(2)}`;
    });
    const taxes = Math.abs(pesim.taxes.reduce((sum, tax) => sum + tax, 0));
    const whole = `Left alone, ${ridersWords(alone.x)} and all together lose ${alone.lost.toFixed(3)}; `
      + `the least they can lose is ${best.lost.toFixed(3)}. With PESIM that is what they lose, and the `
      + `taxes sum to ${taxes.toFixed(3)}.`;
    reading.textContent = touched === undefined ? whole
      : `User ${touched + 1}: a unit of effort now costs ${costs[touched]}. ${whole}`;
  }

  show();
  picture.replaceWith(network);
}

document.querySelectorAll(".tag_who-rides-free .picture").forEach(showNetwork);
