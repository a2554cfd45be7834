// What has been read, in this browser alone: marks in the list of pages, and the time left.
"use strict";

{
  const KEY = "pesim-read";
  const WORDS_A_MINUTE = 200;
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location);
  const pageOf = (address) => new URL(address, location).pathname.slice(root.pathname.length) || "index.html";
  const links = [...document.querySelectorAll(".bd-sidebar-primary .bd-links a.internal")];
  const article = document.querySelector(".bd-article");
  const side = document.querySelector(".bd-sidebar-secondary .sidebar-secondary-item:last-child");
  const here = pageOf(location.href);
  const read = () => new Set(JSON.parse(localStorage.getItem(KEY) ?? "[]"));

  // As the page says itself, or else by its words.
  const minutes = () => {
    const stated = /Time:\s*(\d+) minutes/.exec(article.querySelector(".admonition")?.textContent);
    if (stated) return Number(stated[1]);
    const text = [...article.querySelectorAll("p, li")].map((part) => part.textContent).join(" ");
    return Math.max(1, Math.round(text.split(/\s+/).length / WORDS_A_MINUTE));
  };

  const start = () => {
    const all = minutes();
    const box = side.appendChild(document.createElement("div"));
    box.className = "reading-progress";
    box.innerHTML = `<p class="left"></p><p><span></span> <button type="button">Forget</button></p>`;
    const [left] = box.children;
    const count = box.querySelector("span");
    const forget = box.querySelector("button");
    forget.ariaLabel = "Forget what I have read";

    const mark = () => {
      const known = read();
      const seen = links.filter((link) => known.has(pageOf(link.href)));
      for (const link of links) {
        link.querySelector(".read-mark")?.remove();
        if (!seen.includes(link)) continue;
        const sign = link.appendChild(document.createElement("span"));
        sign.className = "read-mark";
        sign.innerHTML = `<span aria-hidden="true"> ✓</span><span class="visually-hidden"> (read)</span>`;
      }
      count.textContent = `${seen.length} of ${links.length} pages read`;
      forget.hidden = !seen.length;
    };

    const measure = () => {
      const { top, height } = article.getBoundingClientRect();
      const below = Math.min(1, Math.max(0, (top + height - innerHeight) / height));
      const rest = Math.round(all * below);
      left.textContent = rest ? `About ${rest} of ${all} minutes left` : "Read to its end";
    };

    forget.addEventListener("click", () => {
      localStorage.removeItem(KEY);
      mark();
    });
    addEventListener("scroll", measure, { passive: true });
    // Read is what was scrolled to its end.
    const end = document.createElement("span");
    article.append(end);
    new IntersectionObserver((entries) => {
      const short = document.documentElement.scrollHeight <= innerHeight;
      if (!(scrollY || short) || !entries.some((entry) => entry.isIntersecting)) return;
      localStorage.setItem(KEY, JSON.stringify([...read().add(here)]));
      mark();
    }).observe(end);
    mark();
    measure();
  };

  // It asks where the page stands, for which all of it must be laid out.
  const idle = globalThis.requestIdleCallback ?? setTimeout;
  if (article && side && links.length) laidOut.then(() => idle(start));
}
