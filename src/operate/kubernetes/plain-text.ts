/** A text of a person in a file whose variables are filled in: what looks like one stays as it is. */
export function withoutVariables(text: string): string {
  return text.replace(/\$(?=[${])/g, '$$$$')
}

/** The entries whose value says something. */
export function namedTexts(
  texts: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(texts)
      .filter(([, text]) => text !== '')
      .map(([name, text]) => [name, withoutVariables(text)]),
  )
}
