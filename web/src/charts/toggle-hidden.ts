/** Which series are hidden after a click on one in the legend. */
export function toggleHidden(
  hidden: ReadonlySet<number>,
  index: number,
  count: number,
  isAdding: boolean,
): ReadonlySet<number> {
  if (isAdding) {
    const next = new Set(hidden)
    if (!next.delete(index)) next.add(index)
    return next
  }
  const isAlone = !hidden.has(index) && hidden.size === count - 1
  if (isAlone) return new Set()
  return new Set(Array.from({ length: count }, (_none, i) => i).filter((i) => i !== index))
}
