// The experiment for one reader among robots: replays the library's arithmetic and looks the
// robots' answers up. See course/solo.py; `follow` is editor.js's.
"use strict";

document.querySelectorAll(".solo").forEach((place) => {
  const { kinds, room, group } = JSON.parse(place.dataset.game);
  const made = { cards: [], totals: [], costs: [], alone: null, rounds: [] };
  const robots = room.robots.selfish[0].length;
  let kind = "selfish";

  function element(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value !== false && value !== undefined) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return node;
  }

  function table(caption, heads, rows) {
    return element("table", {}, element("caption", {}, caption),
      element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, rows.map(([head, ...cells]) => element("tr", {},
        element("th", { scope: "row" }, head), cells.map((cell) => element("td", {}, cell))))));
  }

  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  const words = (number, digits = 0) => number.toFixed(digits).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");

  // A step of the game: its heading takes the focus, so that it is read aloud first.
  function show(heading, ...parts) {
    const title = element("p", { class: "solo-title", tabindex: "-1", role: "heading", "aria-level": "2" }, heading);
    const started = place.querySelector(".solo-title");
    place.replaceChildren(title, ...parts.flat().filter(Boolean));
    if (!started) return;
    title.focus({ preventScroll: true });
    if (title.getBoundingClientRect().top < 0) title.scrollIntoView();
  }

  function form(button, done, ...fields) {
    const answer = element("form", {
      onsubmit: (event) => {
        event.preventDefault();
        done(new FormData(answer));
      },
    }, fields, element("button", { type: "submit" }, button));
    return answer;
  }

  function tiles(legend, name, values) {
    return element("fieldset", {}, element("legend", {}, legend),
      values.map((value) => element("label", {},
        element("input", { type: "radio", name, value, required: true }), element("span", {}, String(value)))));
  }

  function button(text, onclick) {
    return element("button", { type: "button", onclick }, text);
  }

  function begin() {
    Object.assign(made, { cards: [], totals: [], costs: [], alone: null, rounds: [] });
    show("You are student 1",
      element("p", {}, `With you play ${robots} robots.`),
      form("Start", (data) => { kind = data.get("kind"); askCard(); },
        element("label", {}, "The robots are: ", element("select", { name: "kind" },
          Object.entries(kinds).map(([name, text]) => element("option", { value: name, selected: name === kind }, text))))));
  }

  // Part A

  function askCard(told) {
    const turn = made.cards.length + 1;
    show(`Without prices: round ${turn} of ${room.rounds}`, told,
      form("Make this effort", (data) => playCard(Number(data.get("effort"))),
        tiles(`Your effort: each unit costs you ${room.cost}`, "effort", room.cards)),
      riskTable(), roomTable());
  }

  function riskTable() {
    return element("details", {}, element("summary", {}, "Everybody’s risk, by the total effort"),
      table(`Every ${room.halving} units halve it`, ["total", "risk"],
        room.risks.filter(([, risk]) => risk >= room.loss / 100).map(([total, risk]) => [String(total), words(risk)])));
  }

  function playCard(effort) {
    // The entry that follows the reader's cards so far, each a digit of its number.
    const entry = made.cards.reduce((number, [card]) => number * room.cards.length + card, 0);
    const others = room.robots[kind][made.cards.length];
    const cards = [effort, ...Array.from(others.slice(entry * robots, (entry + 1) * robots), Number)];
    const results = follow(room.recipe, cards);
    const [risks, bills] = [results.slice(0, cards.length), results.slice(cards.length)];
    made.cards.push(cards);
    made.totals.push(sum(cards));
    made.costs.push({ risk: risks[0], bill: bills[0], society: sum(results) });
    const last = made.costs.at(-1);
    const told = element("p", { class: "solo-told" },
      `The total effort is ${made.totals.at(-1)}. You lose ${words(last.risk + last.bill)}: `
      + `risk ${words(last.risk)}, bill ${words(last.bill)}. Society loses ${words(last.society)}.`);
    if (made.cards.length < room.rounds) askCard(told);
    else show("The end of part A", told, roomTable(), button("Go on: with prices", askAlone));
  }

  function roomTable() {
    if (!made.cards.length) return null;
    return table("Your rounds without prices", ["round", "you", "total", "you lose", "society loses"],
      made.costs.map(({ risk, bill, society }, k) =>
        [k + 1, made.cards[k][0], made.totals[k], words(risk + bill), words(society)].map(String)));
  }

  // Part B

  function effortTable(board) {
    const { risks, efforts, cost } = group;
    const share = board ? group.board[1] - group.board[2] : 0;
    const heads = ["effort", "your risk", "your bill", ...(board ? [`${words(share)} × effort`, "sum"] : [])];
    return table("What each effort costs you", heads, efforts.map((effort, k) =>
      [String(effort), words(risks[k]), words(cost * effort),
        ...(board ? [words(share * effort), words(risks[k] + (cost + share) * effort)] : [])]));
  }

  function askAlone() {
    show("You are member 1, the investor",
      element("p", {}, `In a group of ${group.members} you alone can invest, and your effort protects all. `,
        "First you choose without prices."),
      form("Make this effort", (data) => playAlone(Number(data.get("effort"))),
        tiles(`Your effort: each unit costs you ${group.cost}`, "effort", group.efforts)),
      effortTable(false));
  }

  function settle(proposals, prices) {
    const rows = follow(group.recipe, [...proposals, ...prices]);
    const row = (k) => rows.slice(k * group.members, (k + 1) * group.members);
    const taxes = row(1).map((_, i) => row(1)[i] + row(2)[i] + row(3)[i]);
    const own = row(4).map((risk, i) => risk + row(5)[i] + taxes[i]);
    return {
      proposals, prices, taxes, effort: row(0)[0], terms: [1, 2, 3].map((k) => row(k)[0]),
      risk: row(4)[0], bill: row(5)[0], own: own[0], society: sum(own),
    };
  }

  function playAlone(effort) {
    made.alone = settle(Array(group.members).fill(effort), Array(group.members).fill(0));
    askMessage(element("p", { class: "solo-told" },
      `You lose ${words(made.alone.own)}, your group ${words(made.alone.society)}.`));
  }

  function askMessage(told) {
    const turn = made.rounds.length + 1;
    const board = turn === group.rounds;
    show(`With prices: round ${turn} of ${group.rounds}`, told,
      element("p", {}, "The mean of all proposals is the effort. What you pay or receive follows from your ",
        "neighbours’ prices; your own only punishes you for disagreeing with the next member."),
      board ? element("p", {}, `Now everybody knows the prices of the equilibrium. Yours is ${group.board[0]}; `,
        "propose the effort with the least sum.") : null,
      form("Send", (data) => playMessage(Number(data.get("proposal")), Number(data.get("price"))),
        tiles("Your proposal for the effort", "proposal", group.efforts),
        element("label", { class: "solo-price" }, `Your price, 0 to ${group.mostPrice} `,
          element("input", { type: "number", name: "price", min: 0, max: group.mostPrice, step: 1, required: true,
            value: board ? group.board[0] : "" }))),
      effortTable(board), groupTable());
  }

  function playMessage(proposal, price) {
    const { members, first, answers, replies, board } = group;
    const last = made.rounds.at(-1);
    const sent = first[kind].map(([a, b], member) => {
      if (member === 0) return [proposal, price];
      if (made.rounds.length + 1 === group.rounds) return [reply(member, board), board[member]];
      return last && answers[kind][member] ? [reply(member, last.prices), 0] : [a, b];
    });
    function reply(member, prices) {
      const share = prices[(member + 1) % members] - prices[(member + 2) % members];
      return replies[member].charCodeAt(group.mostPrice + share) - "a".charCodeAt(0);
    }
    made.rounds.push(settle(sent.map(([a]) => a), sent.map(([, b]) => b)));
    const round = made.rounds.at(-1);
    const told = [
      element("p", { class: "solo-told" },
        `The effort is ${words(round.effort, 2)}. You lose ${words(round.own)}: risk ${words(round.risk)}, `
        + `bill ${words(round.bill)}, tax ${words(round.taxes[0])}. Your group loses ${words(round.society)}.`),
      table("Your tax, taken apart", ["", "points"], [
        ["price × effort", words(round.terms[0], 1)],
        ["your penalty for disagreeing with member 2", words(round.terms[1], 1)],
        ["back from member 2’s penalty", words(round.terms[2], 1)],
        ["tax", words(round.taxes[0], 1)]]),
      table("The group", ["member", "proposal", "price", "tax"], [
        ...round.taxes.map((tax, k) => [k ? String(k + 1) : "1 (you)", String(round.proposals[k]), String(round.prices[k]), words(tax, 1)]),
        ["sum", "", "", words(sum(round.taxes), 1)]]),
    ];
    if (made.rounds.length < group.rounds) askMessage(told);
    else show("The end of part B", told, button("Compare with theory", end));
  }

  function groupTable() {
    const rows = [made.alone && ["without prices", words(made.alone.effort, 2), words(made.alone.own), words(made.alone.society)],
      ...made.rounds.map((round, k) => [String(k + 1), words(round.effort, 2), words(round.own), words(round.society)])];
    return table("Your rounds with prices", ["round", "effort", "you lose", "group loses"], rows.filter(Boolean));
  }

  function end() {
    const { theory } = room;
    const last = made.costs.at(-1);
    const round = made.rounds.at(-1);
    show("You against theory",
      table("Without prices, last round", ["", "you and the robots", "equilibrium", "optimum"], [
        ["total effort", String(made.totals.at(-1)), words(theory.nash, 1), words(theory.optimum, 1)],
        ["society loses", words(last.society), words(theory.lostNash), words(theory.lostBest)],
        ["over the least loss", words(last.society / theory.lostBest, 2), words(theory.anarchy, 2), words(1, 2)]]),
      table("In the group", ["", "without prices", "with prices", "optimum"], [
        ["your effort", words(made.alone.effort, 2), words(round.effort, 2), String(group.theory.optimum)],
        ["group loses", words(made.alone.society), words(round.society), words(group.theory.lostBest)],
        ["you lose", words(made.alone.own), words(round.own), words(group.theory.inside)]]),
      element("p", {}, `Without prices, the effort ${group.theory.alone} would have been best for you alone. `,
        `If you left the scheme, you would lose ${words(group.theory.outside)}; inside, at the equilibrium, `,
        `${words(group.theory.inside)}.`),
      groupTable(), roomTable(), button("Play again", begin));
  }

  begin();
});
