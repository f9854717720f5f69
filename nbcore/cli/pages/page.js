"use strict";
(() => {
  const form = document.getElementById("search");
  const query = document.getElementById("query");
  const told = document.getElementById("told");
  const items = [...document.querySelectorAll("[data-item]")];
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const openedBySearch = new Set();
  let index = null;

  // What is looked for: built at the first search, so that opening a large page costs nothing.
  function built() {
    index ??= items.map((item) => {
      const subs = [...item.querySelectorAll("[data-sub]")].map((sub) => ({
        sub, text: (sub.id + " " + sub.textContent).toLowerCase(),
      }));
      const holders = subs.length ? [...item.querySelectorAll("[data-about]")] : [item];
      return { item, subs, text: holders.map((one) => one.textContent).join(" ").toLowerCase() };
    });
    return index;
  }

  function has(text, words) { return words.every((word) => text.includes(word)); }

  function show(element, shown) { if (element.hidden === shown) element.hidden = !shown; }

  function search() {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shownFacets = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let count = 0;
    let found = 0;
    for (const element of openedBySearch) element.open = false;
    openedBySearch.clear();
    for (const one of built()) {
      const allowed = !boxes.length || !one.item.dataset.item || shownFacets.has(one.item.dataset.item);
      const whole = has(one.text, words);
      let inside = 0;
      for (const { sub, text } of one.subs) {
        const hit = whole || has(one.text + " " + text, words);
        show(sub, hit);
        if (hit) inside += 1;
      }
      const shown = allowed && (whole || inside > 0);
      show(one.item, shown);
      if (!shown) continue;
      count += 1;
      found += inside;
      if (words.length && !whole && openedBySearch.size < 50) openFor(one);
    }
    for (const group of document.querySelectorAll("[data-group]")) {
      show(group, group.querySelector("[data-item]:not([hidden])") !== null);
    }
    const all = items.length;
    const names = found ? `, ${found.toLocaleString("en")} inside` : "";
    const busy = words.length > 0 || boxes.some((box) => !box.checked);
    told.textContent = busy ? `${count.toLocaleString("en")} of ${all.toLocaleString("en")} shown${names}` : "";
  }

  function openFor(one) {
    const first = one.subs.find(({ sub }) => !sub.hidden);
    for (let at = first ? first.sub : one.item; at && at !== document.body; at = at.parentElement) {
      if (at.tagName === "DETAILS" && !at.open) {
        at.open = true;
        openedBySearch.add(at);
      }
    }
  }

  // A permalink opens what it leads to, and a search that hides it ends.
  function arrive() {
    const id = location.hash.slice(1);
    let target = id && document.getElementById(id);
    if (!target && id) {
      try { target = document.getElementById(decodeURIComponent(id)); } catch { return; }
    }
    if (!target) return;
    if (target.closest("[hidden]")) {
      query.value = "";
      for (const box of boxes) box.checked = true;
      search();
    }
    for (let at = target; at && at !== document.body; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
    }
    target.scrollIntoView({ block: "start" });
    for (const old of document.querySelectorAll("[data-here]")) old.removeAttribute("data-here");
    target.setAttribute("data-here", "");
  }

  function all(open) {
    for (const element of document.querySelectorAll("main details")) {
      if (!element.closest("[hidden]")) element.open = open;
    }
  }

  let waiting = 0;
  query.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 120);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); search(); });
  for (const box of boxes) box.addEventListener("change", search);
  document.getElementById("open-all").addEventListener("click", () => all(true));
  document.getElementById("close-all").addEventListener("click", () => all(false));
  addEventListener("hashchange", arrive);

  // Paper shows what is folded, and the screen is as before afterwards.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("main details:not([open])")];
    for (const element of unfolded) element.open = true;
  });
  addEventListener("afterprint", () => {
    for (const element of unfolded) element.open = false;
    unfolded = [];
  });

  form.hidden = items.length === 0;
  arrive();
})();
