// The search page: asks Pagefind, also for the other names of a thing, and lists pages and places.
(() => {
  // Names of the same thing, as people of the field write them.
  const SYNONYMS = [
    ["PoA", "price of anarchy"],
    ["VCG", "Vickrey Clarke Groves", "Clarke mechanism", "Pivotal"],
    ["NE", "Nash equilibrium"],
    ["IR", "individual rationality", "voluntary participation"],
    ["IDS", "interdependent security"],
    ["LCP", "linear complementarity problem"],
    ["social planner", "social optimum", "first best", "welfare optimum"],
    ["free riding", "free rider", "free ride"],
    ["spillover", "externality"],
    ["opting out", "exit equilibrium", "outside option"],
    ["cyber insurance", "cyber-insurance", "insurer"],
    ["Rocq", "Coq", "proof assistant"],
    ["Pigouvian tax", "Pigovian tax", "Pigou", "subsidy"],
    ["public goods", "public good"],
  ];
  const SHORT = /^[A-Z][A-Za-z]?[A-Z]$/;
  const FIRST = 10, PLACES = 3;
  const root = document.querySelector(".site-search");
  const [form, status, list, more] = ["form", "[role=status]", ".results", ".more"].map((name) =>
    root.querySelector(name));
  const input = form.elements.q;
  let pagefind, asked;

  // What to ask for a query, and whether its words must stand side by side: the query, or what it
  // says with the other names of what it names.
  const wordings = (query) => {
    for (const names of SYNONYMS) {
      for (const name of names) {
        const known = new RegExp(`(?<![\\w-])${name}s?(?![\\w-])`, "iu");
        const [found] = known.exec(query) ?? [];
        if (found === query) return [[query, ...names.filter((other) => other !== name)], true];
        // A book that spells names out has no word for their letters.
        const spelt = names.filter((other) => !SHORT.test(other));
        if (found) return [spelt.map((other) => query.replace(known, other)), false];
      }
    }
    return [[query], false];
  };

  // Pages with these words, best first. Only a search for single words weighs titles.
  const pages = async (words, sideBySide) => {
    const { results } = await pagefind.search(words);
    if (!sideBySide) return results;
    const whole = (await pagefind.search(`"${words}"`)).results.map((result) => result.id);
    return results.filter((result) => whole.includes(result.id));
  };

  const search = async (queries, sideBySide) => {
    const best = new Map();
    for (const query of queries) {
      for (const result of await pages(query, sideBySide)) {
        if (!(best.get(result.id)?.score >= result.score)) best.set(result.id, result);
      }
    }
    return [...best.values()].sort((a, b) => b.score - a.score);
  };

  // An excerpt from the start of a place begins with the title, which stands above it.
  const dropStart = (text, title) => {
    const words = text.textContent;
    if (!words.startsWith(title)) return;
    let length = title.length + /^[.\s]*/.exec(words.slice(title.length))[0].length;
    while (length > 0 && text.firstChild) {
      const part = text.firstChild, own = part.textContent;
      if (own.length <= length) part.remove();
      else part.textContent = own.slice(length);
      length -= own.length;
    }
  };

  const link = (address, title, excerpt, heading = title) => {
    const item = document.createElement("li");
    if (title) {
      const anchor = item.appendChild(document.createElement("a"));
      anchor.href = address;
      anchor.textContent = title;
    }
    // Pagefind escapes the text and marks what was found.
    if (excerpt) {
      const text = item.appendChild(document.createElement("p"));
      text.innerHTML = excerpt;
      dropStart(text, heading);
    }
    return item;
  };

  const weight = (place) =>
    place.weighted_locations.reduce((sum, found) => sum + found.balanced_score, 0);

  const show = async (results) => {
    for (const page of await Promise.all(results.map((result) => result.data()))) {
      const item = link(page.url, page.meta.title, "");
      const places = item.appendChild(document.createElement("ul"));
      const sorted = page.sub_results.toSorted((a, b) => weight(b) - weight(a));
      for (const place of sorted.slice(0, PLACES)) {
        const title = place.title === page.meta.title ? "" : place.title;
        places.append(link(place.url, title, place.excerpt, place.title));
      }
      list.append(item);
    }
  };

  const answer = async (query) => {
    asked = query;
    const [queries, sideBySide] = wordings(query);
    pagefind ??= await import(new URL(root.dataset.pagefind, location));
    const results = query ? await search(queries, sideBySide) : [];
    if (asked !== query) return;
    list.replaceChildren();
    const count = `${results.length} ${results.length === 1 ? "page" : "pages"}`;
    const others = queries.filter((other) => other !== query);
    const also = others.length ? `, also for ${others.join(", ")}` : "";
    status.textContent = query ? `${count} for ${query}${also}` : "";
    more.hidden = results.length <= FIRST;
    more.onclick = async () => {
      more.hidden = true;
      await show(results.slice(FIRST));
      list.children[FIRST].querySelector("a").focus();
    };
    await show(results.slice(0, FIRST));
  };

  const run = () => answer(input.value.trim()).catch((error) => {
    console.error(error);
    status.textContent = location.protocol === "file:"
      ? "The search reads files that a browser opens only from a server: make serve starts one."
      : "The search could not load its data. Is the connection there?";
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const address = new URL(location);
    address.searchParams.set("q", input.value);
    history.pushState(null, "", address);
    run();
  });
  const open = () => {
    input.value = new URL(location).searchParams.get("q") ?? "";
    if (input.value) run();
  };
  addEventListener("popstate", open);
  open();
  input.focus();
})();
