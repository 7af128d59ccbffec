/** Label values and quoted names: `\\`, `\"` and `\n`; any other backslash stands for itself. */
export function unescapeLabel(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\([\\"n])/g, replacement) : text
}

/** HELP texts: in the text format only `\\` and `\n` are escapes, in OpenMetrics `\"` is one too. */
export function unescapeHelp(text: string, isOpenMetrics: boolean): string {
  if (isOpenMetrics) return unescapeLabel(text)
  return text.includes('\\') ? text.replaceAll(/\\([\\n])/g, replacement) : text
}

function replacement(_: string, char: string): string {
  return char === 'n' ? '\n' : char
}
