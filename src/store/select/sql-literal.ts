/** Written in hexadecimal, so whatever is in it stays text. */
export function literal(text: string): string {
  return `unhex('${Buffer.from(text, 'utf8').toString('hex')}')`
}
