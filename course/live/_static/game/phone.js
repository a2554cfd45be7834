// A student's phone: shows the view that course/live/phone.py makes, and hands in answers.
"use strict";

const phone = document.querySelector("#phone");
const notice = element("p", { id: "notice", role: "status" });
const screen = element("div", { id: "screen" });
const link = element("footer", {},
  "Lost? Your own link: ", element("a", { href: phone.dataset.link }, location.host + phone.dataset.link));
phone.append(notice, screen, link);

let shown = "";
let view = null;
// The answer that was sent and is not yet confirmed: sent again until the server has it.
let sent = null;
const draft = {};

function hand(values) {
  sent = { do: "answer", key: view.key, values };
  liveSend(sent);
  notice.textContent = "Handing in …";
}

function receive(message) {
  if (message.refused) {
    sent = null;
    notice.textContent = message.refused;
    return;
  }
  if (sent && message.key && message.key !== sent.key) sent = null;
  if (!message.key) {
    if (sent) liveSend(sent);
    return;
  }
  if (message.answered) {
    sent = null;
    notice.textContent = "";
  }
  const { version: _, ...content } = message;
  const text = JSON.stringify(content);
  if (text === shown) return;
  if (view?.key !== message.key) {
    for (const name of Object.keys(draft)) delete draft[name];
    notice.textContent = "";
    scrollTo(0, 0);
  }
  shown = text;
  view = message;
  const parts = { welcome, room, groups, vote: groups, end };
  const inGroup = ["groups", "vote"].includes(view.part);
  screen.replaceChildren(
    element("header", {},
      element("h1", {}, inGroup && view.group
        ? `Group ${view.group}, member ${view.member} of ${view.members}`
        : `Student ${view.number}`),
      inGroup ? "" : element("b", { class: view.colour }, view.colour === "red" ? "♦ red" : "♠ black"),
      element("span", {}, view.where)),
    ...parts[view.part]().flat().filter(Boolean));
}

function welcome() {
  return [
    element("h1", {}, `You are student ${view.number}`),
    element("p", {}, "Remember your number: if the network fails, you go on with it on paper."),
    element("p", {}, "All of you use the same network. Each unit of effort, by anybody, protects ",
      "everybody alike. Your effort costs only you: ",
      element("b", {}, `${view.cost} points a unit`), "."),
    element("p", {}, `There are ${view.rounds} rounds. Wait for the first.`),
  ];
}

// Radio buttons as large tiles, or as the rows of a table.
function choice(legend, values, name, label) {
  return element("fieldset", { class: "tiles" }, element("legend", {}, legend),
    values.map((value) => element("label", {},
      radio(name, value), element("span", {}, label ? label(value) : String(value)))));
}

function radio(name, value) {
  return element("input", {
    type: "radio", name, value, checked: draft[name] === value,
    onchange: () => {
      draft[name] = value;
      screen.querySelectorAll("[data-needs]").forEach((button) => {
        button.disabled = button.dataset.needs.split(" ").some((need) => !(need in draft));
      });
    },
  });
}

function handIn(text, needs, values) {
  return element("button", {
    type: "button", class: "hand", "data-needs": needs.join(" "),
    disabled: needs.some((need) => !(need in draft)), onclick: () => hand(values()),
  }, text);
}

function waiting(text) {
  return element("p", { class: "waiting" }, text);
}

function room() {
  if (!view.seated) {
    return [waiting("All seats of part A are taken. Watch the projector: part B has a place for you.")];
  }
  const last = view.played.at(-1);
  return [
    !view.open && last ? result(last) : null,
    view.open && view.answered ? waiting(`You handed in ${view.answered[0]}. Wait for the others.`) : null,
    view.open && view.expected && !view.answered ? [
      choice("Your effort", view.cards, "effort"),
      handIn("Hand in", ["effort"], () => [draft.effort]),
    ] : null,
    view.open ? whatIf() : null,
    view.open ? riskTable() : null,
    view.played.length ? table("Your rounds",
      ["round", "effort", "total", "risk", "bill", "points"],
      view.played.map((line) => [line.turn, ...(line.effort === null
        ? ["–", line.total, line.risk, "–", "–"]
        : [line.effort, line.total, line.risk, line.bill, line.points]).map(String)])) : null,
  ];
}

function result(line) {
  if (line.effort === null) {
    return element("section", { class: "result" },
      element("h1", {}, `Round ${line.turn}: no effort from you came in`),
      element("p", {}, `The room's total is ${line.total}, the risk ${line.risk}. You count as missing.`));
  }
  return element("section", { class: "result" },
    element("h1", {}, `You lose ${line.risk + line.bill} points`),
    split([["risk", line.risk], ["bill", line.bill]]),
    element("p", {}, `The room's total effort is ${line.total}. `,
      `You keep ${line.points} of ${view.loss} points.`));
}

// A loss as a bar of its parts; the words beside it say the same.
function split(parts) {
  return element("div", { class: "split" },
    element("div", { class: "bar", "aria-hidden": "true" }, parts.map(([name, value]) =>
      element("span", { class: name, style: `flex-grow: ${Math.max(value, 0)}` }))),
    element("p", {}, parts.map(([name, value]) =>
      element("span", { class: `key ${name}` }, `${name} ${words(value)}`))));
}

// Nothing is suggested in the first round: the table comes with the first move of the slider.
function whatIf() {
  const last = view.played.at(-1);
  draft.others ??= last ? last.total - (last.effort ?? 0) : null;
  const holder = element("div");
  const range = element("input", {
    type: "range", min: 0, max: view.risks.length - 1 - view.cards.at(-1), value: draft.others ?? 0,
    "aria-label": "Total effort of all others",
    oninput: () => { draft.others = range.valueAsNumber; fill(); },
  });
  function fill() {
    if (draft.others === null) return;
    const risks = view.cards.map((card) => view.risks[draft.others + card]);
    const bills = view.cards.map((card) => card * view.cost);
    holder.replaceChildren(table(`If all others together make ${draft.others}`,
      ["my effort", ...view.cards.map(String)],
      [["risk", ...risks.map(String)], ["my bill", ...bills.map(String)],
        ["I lose", ...risks.map((risk, k) => String(risk + bills[k]))]], "narrow"));
  }
  fill();
  return element("section", {}, element("label", { class: "range" }, "What if the others make …", range), holder);
}

function riskTable() {
  const totals = [];
  for (let total = 0; total < view.risks.length; total += view.halving / 2) {
    totals.push(total);
    if (view.risks[total] <= view.loss / 100) break;
  }
  return element("section", {},
    element("h2", {}, "Everybody’s risk, by the room’s total effort"),
    element("dl", { class: "risks" }, totals.map((total) => element("div", {},
      element("dt", {}, String(total)), element("dd", {}, String(view.risks[total]))))),
    element("p", { class: "small" }, `Every ${view.halving} units halve it.`));
}

function groups() {
  if (!view.group) return [waiting("You will get a group in a moment.")];
  const last = view.played.at(-1);
  const inVote = view.part === "vote";
  return [
    inVote ? ballot() : null,
    element("p", {}, view.cost
      ? `You are the investor: each unit of effort costs you ${view.cost} points.`
      : "Member 1 invests; you cannot, but its effort protects you."),
    !view.open && view.turn === 0 && view.alone && !inVote ? aloneResult() : null,
    !view.open && last && !inVote ? settled(last) : null,
    view.agreed && !inVote ? waiting(`In round ${view.agreed} all of your group proposed the same, and at these prices nobody wants another effort. Wait for the vote.`) : null,
    view.open && view.answered && !inVote ? waiting(handedIn()) : null,
    view.open && !view.expected && view.turn === 0 ? waiting("Member 1 chooses alone now. Wait.") : null,
    inVote ? null : efforts(),
    asksMessage() ? [
      view.turn > 0 ? priceField() : null,
      handIn("Hand in", view.turn ? ["proposal", "price"] : ["proposal"],
        () => (view.turn ? [draft.proposal, draft.price] : [draft.proposal])),
    ] : null,
    history(),
  ];
}

function asksMessage() {
  return view.part === "groups" && view.open && view.expected && !view.answered;
}

function handedIn() {
  const [first, price] = view.answered;
  return price === undefined ? `You invest ${first}. Wait for the others.`
    : `You propose ${first} at price ${price}. Wait for the others.`;
}

// What each effort of the investor costs this member; in an open round its rows are the choice.
function efforts() {
  const asks = asksMessage();
  const heads = ["effort", "my risk"];
  if (view.cost) heads.push("its bill");
  if (view.board) heads.push(`${words(view.board.share)} × effort`, "sum");
  const rows = view.efforts.map((effort, k) => {
    const cells = [String(view.risks[k])];
    if (view.cost) cells.push(String(view.cost * effort));
    if (view.board) cells.push(words(view.board.pays[k]), words(view.board.sums[k]));
    const name = asks
      ? element("label", {}, radio("proposal", effort), element("span", {}, String(effort)))
      : String(effort);
    return [name, ...cells];
  });
  const legend = !asks ? "What each effort costs you" : view.turn
    ? "Your proposal for the effort" : "Your effort, without prices";
  return [
    view.board ? element("p", { class: "board" },
      `On the board: your price is ${view.board.price}. Then a unit of effort costs you `,
      `${words(view.board.share)} in tax. Propose the effort with the least sum.`) : null,
    table(legend, heads, rows, asks ? "choose" : ""),
  ];
}

function priceField() {
  const input = element("input", {
    type: "number", inputmode: "numeric", min: 0, max: view.mostPrice, step: 1,
    value: draft.price ?? "",
    oninput: () => {
      if (input.validity.valid && input.value !== "") draft.price = input.valueAsNumber;
      else delete draft.price;
      screen.querySelector(".hand").disabled = !("proposal" in draft) || !("price" in draft);
    },
  });
  return element("label", { class: "price" }, `Your price, 0 to ${view.mostPrice}`, input);
}

function aloneResult() {
  const { effort, risk, bill } = view.alone;
  return element("section", { class: "result" },
    element("h1", {}, `Without prices you lose ${risk + bill}`),
    split(bill ? [["risk", risk], ["bill", bill]] : [["risk", risk]]),
    element("p", {}, `The investor chose the effort ${effort}.`));
}

function settled(line) {
  const me = view.member - 1;
  const tax = line.taxes[me];
  const [price, own, neighbour] = line.terms;
  const parts = [["risk", line.risk], ...(view.cost ? [["bill", line.bill]] : []), ["tax", tax]];
  return element("section", { class: "result" },
    element("h1", {}, line.lost < 0 ? `You gain ${words(-line.lost)} points` : `You lose ${words(line.lost)} points`),
    split(parts),
    element("p", {}, `The effort is ${words(line.effort, 2)}, the mean of the proposals.`),
    table("Your tax, taken apart", ["term", "points"], [
      [`price ${words(line.share)} × effort ${words(line.effort, 2)}`, words(price, 1)],
      ["your penalty for disagreeing with the next member", words(own, 1)],
      ["back from the next member’s penalty", words(neighbour, 1)],
      [tax < 0 ? "tax: you receive" : "tax: you pay", words(tax, 1)],
    ], "tax"),
    table("Your group", ["member", "proposal", "price", "tax"], line.taxes.map((each, k) =>
      [`${k + 1}${k === me ? " (you)" : ""}`, String(line.proposals[k]), String(line.prices[k]), words(each, 1)])
      .concat([["sum", "", "", words(line.taxes.reduce((a, b) => a + b, 0), 1)]])));
}

function history() {
  const rows = view.played.map((line) => [String(line.turn), words(line.effort, 2),
    words(line.taxes[view.member - 1], 1), words(line.lost)]);
  if (view.alone) rows.unshift(["0", String(view.alone.effort), "–", words(view.alone.risk + view.alone.bill)]);
  return rows.length ? table("Your rounds", ["round", "effort", "tax", "I lose"], rows) : null;
}

function ballot() {
  if (view.open && view.answered) {
    return waiting(view.answered[0] ? "You stay. Wait for the others." : "You leave. Wait for the others.");
  }
  if (view.open) {
    return element("section", {},
      element("h1", {}, "Stay in the scheme, or leave it alone?"),
      element("p", {}, "Who leaves pays and gets no tax, and is protected by whatever the others still do."),
      element("div", { class: "votes" },
        element("button", { type: "button", onclick: () => hand([1]) }, "I stay"),
        element("button", { type: "button", onclick: () => hand([0]) }, "I leave")));
  }
  return voteResult();
}

function voteResult() {
  if (!view.vote) return null;
  const { stays, inside, outside } = view.vote;
  return element("section", { class: "result" },
    element("h1", {}, stays === null ? "You did not vote" : stays ? "You stay" : "You leave"),
    element("p", {}, `In theory you lose ${words(inside)} inside, and ${words(outside)} if you alone leave: `,
      inside > outside ? "leaving pays." : "staying pays."));
}

function end() {
  return [
    element("h1", {}, "Thank you"),
    view.group ? voteResult() : null,
    element("p", {}, "You can close this page."),
    view.group ? history() : null,
  ];
}

listen(receive);
