/** Fills a dashboard's variables, and those that Grafana itself knows, into texts. */
export type Values = Record<string, string>;

const PATTERN = /\$\{(\w+)(?:\.[\w.]+)?(?::\w+)?\}|\$(\w+)/g;

/** What nobody knows stays as it is, and is seen. */
export function fill(text: string, values: Values): string {
  return text.replace(PATTERN, (whole, inBraces, bare) => values[inBraces ?? bare] ?? whole);
}

/** The values of a dashboard's variables: what was asked for, or else what the variable says for "All". */
export function chosen(board: any, asked: Values): Values {
  const found: Values = {};
  for (const variable of board.templating.list) {
    const value = asked[variable.name] ?? variable.allValue;
    if (value !== undefined) {
      found[variable.name] = value;
    }
  }
  return found;
}
