/** Whether an `Accept-Encoding` asks for an encoding: the first that fits, best first, must not have the quality 0. */
export function acceptsEncoding(header: string, encoding: string): boolean {
  if (header === '') return true
  const accepted = header.split(',').map((part) => {
    const [name = '', quality = 'q=1'] = part.split(';').map((each) => each.trim())
    const value = Number(quality.replace(/^q=/, ''))
    return { name, quality: Number.isFinite(value) ? value : 0 }
  })
  const found = accepted
    .toSorted((a, b) => b.quality - a.quality)
    .find(({ name }) => name === encoding || name === '*')
  return found !== undefined && found.quality > 0
}
