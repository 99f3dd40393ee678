/** What the drawn page says of itself. It runs in the browser and must not use anything from outside. */
export function inspect() {
  const hasText = (element) => element?.innerText?.trim();
  const clips = (element) => getComputedStyle(element).overflowX !== 'visible'
    || ['gridcell', 'columnheader'].includes(element.getAttribute('role'));

  // Of the texts of a panel: those that do not lie, from left to right, within all that shows them. A pixel is
  // rounding.
  const cutTexts = (panel) => {
    const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
    const found = new Set();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!node.textContent.trim() || !node.parentElement.checkVisibility()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const text = range.getBoundingClientRect();
      for (let around = node.parentElement; around !== panel.parentElement; around = around.parentElement) {
        const box = around.getBoundingClientRect();
        const ellipsis = around.scrollWidth > around.clientWidth + 1 && clips(around) && around === node.parentElement;
        if (text.width > 1 && box.width > 1 && clips(around)
            && (ellipsis || text.left < box.left - 1 || text.right > box.right + 1)) {
          found.add(node.textContent.trim().slice(0, 40));
        }
      }
    }
    return [...found];
  };

  return [...document.querySelectorAll('[data-panel]')].map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const { panel, by, values, colours, unknown, error } = element.dataset;
    return {
      title: panel, by, values: Number(values), colours: colours.split(' '), unknown, error,
      box: { x, y, width, height },
      drawn: Boolean(element.querySelector('canvas, svg[aria-label], [role=gridcell]')
        || hasText(element.querySelector('[data-content]'))),
      cut: cutTexts(element),
    };
  });
}
