/** What the drawn page says of itself. `inspect` runs in the browser and must not use anything from outside. */
export function inspect() {
  // A pixel more is rounding.
  const isCut = (element) => {
    const style = getComputedStyle(element);
    const hides = (overflow) => overflow !== 'visible';
    return (hides(style.overflowX) && element.scrollWidth > element.clientWidth + 1)
      || (hides(style.overflowY) && style.overflowY !== 'auto' && style.overflowY !== 'scroll'
        && element.scrollHeight > element.clientHeight + 3);
  };
  const hasText = (element) => element.innerText?.trim();
  return [...document.querySelectorAll('[data-panel]')].map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const { panel, by, values, colours, unknown, error } = element.dataset;
    const cut = [...element.querySelectorAll('*')].filter((one) => one.clientWidth && hasText(one) && isCut(one));
    return {
      title: panel, by, values: Number(values), colours: colours.split(' '), unknown, error, box: { x, y, width, height },
      drawn: Boolean(element.querySelector('canvas, svg[aria-label], [role=grid], [data-text]') || hasText(element)),
      cut: [...new Set(cut.map((one) => one.innerText.trim().split('\n')[0].slice(0, 40)))],
    };
  });
}
