// The projector's page with the lecturer's buttons: shows the view of course/live/projector.py.
"use strict";

const projector = document.querySelector("#projector");
const qr = document.querySelector("#qr").content;
const board = element("div", { id: "board" });
const notice = element("span", { id: "notice", role: "status" });
const controls = element("div", { id: "controls" });
projector.append(board, controls);

let view = null;
let moreOpen = false;

function receive(message) {
  if (message.refused) {
    notice.textContent = message.refused;
  } else if (message.sheets) {
    offer(message.sheets);
  } else if (message.progress) {
    if (view) show(Object.assign(view, message.progress));
  } else if (message.key) {
    if (view?.key !== message.key) notice.textContent = "";
    show(message);
  }
}

function show(next) {
  view = next;
  const screens = { welcome, room, groups, vote, end: vote };
  board.replaceChildren(
    element("header", {},
      element("h1", {}, title()),
      element("p", { class: "count" }, count())),
    ...screens[view.part]().flat().filter(Boolean));
  if (view.part !== "welcome") board.append(invitation("corner"));
  // A list that is being used must not be replaced under the finger.
  if (!controls.contains(document.activeElement) || document.activeElement.tagName === "BUTTON") {
    const focused = document.activeElement?.dataset?.name;
    controls.replaceChildren(...buttons());
    if (focused) controls.querySelector(`[data-name="${focused}"]`)?.focus();
  }
  missing.textContent = view.open && view.missing.length ? `not in: ${view.missing.join(", ")}` : "";
}

const missing = element("span", { class: "missing" });

function title() {
  if (view.part === "welcome") return "The security game";
  if (view.part === "room") return `Part A: round ${view.turn}`;
  if (view.part === "groups") {
    return view.turn ? `Part B: round ${view.turn}` : "Part B: round 0, without prices";
  }
  return view.part === "vote" ? "Stay or leave?" : "What theory says";
}

function count() {
  if (!view.open) return `${view.here} ${view.here === 1 ? "phone" : "phones"} here`;
  return `${view.asked - view.missing.length} of ${view.asked} answers`;
}

function invitation(kind) {
  return element("aside", { class: `invitation ${kind}` }, qr.cloneNode(true),
    element("p", {}, projector.dataset.join.replace("http://", "")));
}

function welcome() {
  const robots = Object.entries(view.robots).map(([kind, number]) => `${number} × ${view.kinds[kind]}`);
  return [element("div", { class: "join" }, invitation("large"), element("div", {},
    element("p", { class: "huge" }, String(view.joined)),
    element("p", {}, view.joined === 1 ? "student has joined" : "students have joined"),
    robots.length ? element("p", {}, `and robots: ${robots.join(", ")}`) : null))];
}

function room() {
  const parts = [];
  if (view.room) {
    parts.push(element("div", { class: "beside" },
      element("figure", {}, roomChart(view.room, view.rounds)),
      element("div", { class: "facts" }, facts())));
  } else if (view.open) {
    parts.push(element("p", { class: "huge" }, "Choose your effort, in silence."));
  }
  if (!view.open && view.turn === 2) {
    parts.push(element("p", { class: "call" }, "Now talk: anything may be said, nothing binds."));
  }
  return parts;
}

function facts() {
  const { rounds, anarchy, students, reds } = view.room;
  const last = rounds.at(-1);
  const bears = (who, total, number) => (number ? `${who} ${words(total / number, 1)} each` : "");
  return [
    fact("gap", words(last.ratio, 2), `times the least loss, in round ${last.turn}. Price of anarchy: ${words(anarchy, 2)}`),
    fact("reds", bears("red", last.red, reds), bears("black", last.black, students - reds)),
    fact("plain", String(last.idle), `of ${last.cards} made no effort`),
    fact("plain", words(last.points), "points each, in the mean"),
  ];
}

function fact(kind, number, text) {
  return element("p", { class: `fact ${kind}` }, element("b", {}, number), " ", text);
}

function groups() {
  if (view.turn === 0 && view.open) {
    return [element("p", { class: "call" }, "Find your group. Member 1 chooses an effort, alone."), members()];
  }
  const settled = view.groups.some((group) => group.taxes);
  return [
    view.prices ? element("p", { class: "call" }, "Prices of members 1, 2, …: ",
      Object.entries(view.prices).map(([size, prices]) => `${size} members: ${prices.join(", ")}`).join(" · ")) : null,
    element("div", { class: "beside" },
      element("figure", {}, groupsChart(view.groups, view.best, view.efforts), settled ? taxesChart(view.groups) : ""),
      element("div", { class: "facts" }, groupFacts())),
  ];
}

function mean(values) {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.length ? words(known.reduce((a, b) => a + b, 0) / known.length) : "–";
}

function groupFacts() {
  const { groups } = view;
  const taxed = groups.filter((group) => group.taxes);
  const sums = taxed.map(({ taxes }) => Math.abs(taxes.reduce((a, b) => a + b, 0)));
  const lost = mean(groups.map((group) => group.rounds.at(-1)?.lost));
  const alone = mean(groups.map((group) => group.lostAlone));
  const best = mean(groups.map((group) => group.lostBest));
  return [
    taxed.length ? fact("gap", lost, `points lost by a group; ${alone} without prices, ${best} at the optimum`)
      : fact("gap", alone, `points lost by a group without prices; ${best} at the optimum`),
    taxed.length ? fact("tax", words(Math.max(...sums)), "is the sum of taxes, in every group") : null,
    taxed.length ? fact("best", `${groups.filter((group) => group.agreed).length} of ${groups.length}`, "groups agree") : null,
  ].filter(Boolean);
}

function members() {
  return element("div", { class: "tiles" }, view.groups.map((group) => element("p", {},
    element("b", {}, `Group ${group.group}: `),
    group.numbers.map((number) => number || "robot").join(", "))));
}

function vote() {
  if (!view.votes) {
    return [element("p", { class: "huge" }, view.groups ? "Would you stay in the scheme?" : "Thank you.")];
  }
  return [table("Votes, by member of the group", ["member", "stay", "leave", "in theory"],
    view.votes.map((each) => [`member ${each.member} of ${each.members}`,
      String(each.stay), String(each.leave), each.theory]), "votes")];
}

function press(message) {
  notice.textContent = "";
  liveSend({ ...message, key: view.key });
}

function button(name, message, kind = "") {
  return element("button", { type: "button", "data-name": name, class: kind, onclick: () => press(message) }, name);
}

function buttons() {
  const later = view.open ? [] : { room: [["To part B", "groups"]], groups: [["To the vote", "vote"], ["To the end", "end"]] }[view.part] ?? [];
  const more = element("details", { open: moreOpen, ontoggle: () => { moreOpen = more.open; } },
    element("summary", {}, "More"),
    view.part === "welcome" ? [robotForm(), sizeForm()] : element("span", {}, view.size ? `set for ${view.size}` : ""),
    later.map(([name, part]) => button(name, { do: "skip", part })),
    element("button", { type: "button", "data-name": "sheets", onclick: () => press({ do: "sheets" }) }, "Save the sheets"),
    element("button", { type: "button", onclick: theme }, "Dark or light"),
    element("span", { id: "sheets" }));
  return [
    view.button ? button(view.button, { do: "forward" }, "main") : "",
    view.part === "groups" ? button(view.board ? "Hide the prices" : "Show the prices", { do: "board", shown: !view.board }) : "",
    missing, notice, more,
  ].filter(Boolean);
}

function robotForm() {
  const kind = element("select", { "aria-label": "Kind of robot" },
    Object.entries(view.kinds).map(([name, text]) => element("option", { value: name }, text)));
  const number = element("input", { type: "number", min: 1, max: 60, value: 1, "aria-label": "How many robots" });
  return element("span", { class: "form" }, number, kind,
    element("button", { type: "button", onclick: () => press({ do: "robots", kind: kind.value, count: number.valueAsNumber }) }, "Add robots"),
    button("No robots", { do: "no robots" }));
}

function sizeForm() {
  const sizes = [[0, "fits the room"], ...view.sizes.map((size) => [size, `set for ${size}`])];
  const select = element("select", { "aria-label": "Size of the set", onchange: () => press({ do: "size", size: Number(select.value) }) },
    sizes.map(([size, text]) => element("option", { value: size, selected: size === view.size }, text)));
  return element("span", { class: "form" }, select);
}

// The two sheets that the notebook reads are saved at once; links to all stay.
function offer(sheets) {
  const links = Object.entries(sheets).map(([name, text]) => element("a", {
    download: name, href: URL.createObjectURL(new Blob([text], { type: "text/csv" })),
  }, name));
  controls.querySelector("#sheets").replaceChildren(...links.flatMap((link) => [link, " "]));
  links.slice(0, 2).forEach((link) => link.click());
}

function theme() {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "light" : "dark";
}

// H hides the buttons, for a screen that others press for.
document.addEventListener("keydown", (event) => {
  if (event.key === "h" && !event.target.matches("input, select")) controls.hidden = !controls.hidden;
});

listen(receive);
