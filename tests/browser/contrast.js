(() => {
  // Every text that is shown and cannot be told from what lies behind it, as WCAG 2 counts it.
  const channel = (c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (text) => text.match(/[\d.]+/g).map(Number);
  function ground(element) {
    for (let at = element; at; at = at.parentElement) {
      if (at.tagName === "rect") return numbers(getComputedStyle(at).fill);
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return numbers(getComputedStyle(document.body).backgroundColor);
  }
  const poor = new Set();
  let count = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || ["STYLE", "SCRIPT", "title"].includes(element.tagName)) continue;
    if (!element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const drawn = element.namespaceURI.endsWith("svg");
    const ink = numbers(drawn ? style.fill : style.color);
    const behind = drawn && element.parentElement.querySelector("rect");
    const pair = [light(ink), light(behind ? ground(behind) : ground(element))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    count += 1;
    if (ratio < 4.5) poor.add(`${element.tagName}.${element.getAttribute("class")}: ${ratio.toFixed(2)}`);
  }
  return { count, poor: [...poor] };
})()
