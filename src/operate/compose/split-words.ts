/** Splits a line as a shell splits words: blanks separate, quotes and `\` keep together. */
export function splitWords(line: string): readonly string[] {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? ''
    if (quote !== '') {
      if (char === quote) quote = ''
      else if (char === '\\' && quote === '"' && /["\\$`]/.test(line[at + 1] ?? ''))
        word += line[++at] ?? ''
      else word += char
    } else if (char === '"' || char === "'") {
      quote = char
      word ??= ''
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else {
      word = (word ?? '') + (char === '\\' ? (line[++at] ?? '') : char)
    }
  }
  return word === undefined ? words : [...words, word]
}
