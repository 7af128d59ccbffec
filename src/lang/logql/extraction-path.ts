/** An extraction expression that cannot be read. */
export class PathError extends Error {
  override readonly name = 'PathError'
}

const JSON_STEP =
  /[ \t\n]*(?:(\.)?[ \t\n]*([A-Za-z_][A-Za-z0-9_]*)|\[[ \t\n]*(?:"([^"\]]*)"|([0-9]+))[ \t\n]*\])/y

/** The steps of a JSON extraction such as `a.b["c d"][0]`: keys, and indexes as numbers. Throws `PathError`. */
export function parseJsonPath(expression: string): (string | number)[] {
  const steps: (string | number)[] = []
  const end = expression.trimEnd().length
  JSON_STEP.lastIndex = 0
  while (JSON_STEP.lastIndex < end) {
    const at = JSON_STEP.lastIndex
    const found = JSON_STEP.exec(expression)
    const [, dot, field, key, index] = found ?? []
    const isMisplaced = field !== undefined && (steps.length === 0) !== (dot === undefined)
    if (!found || isMisplaced) {
      throw new PathError(`cannot parse expression [${expression}]: ${explain(expression, at)}`)
    }
    steps.push(field ?? key ?? Number(index))
  }
  if (steps.length === 0) {
    throw new PathError(`cannot parse expression [${expression}]: syntax error: unexpected $end`)
  }
  return steps
}

function explain(expression: string, at: number): string {
  const odd = /[^A-Za-z0-9_.[\]" \t\n]/.exec(expression.slice(at))?.[0]
  return odd === undefined ? 'syntax error' : `unexpected char ${odd}`
}

/** The key of a logfmt extraction: a name, or any text in quotes. Throws `PathError`. */
export function parseLogfmtKey(expression: string): string {
  const found = /^[ \t\n]*(?:([A-Za-z_][A-Za-z0-9_]*)|"([^"\]]*)"?)[ \t\n]*$/.exec(expression)
  if (!found)
    throw new PathError(`cannot parse expression [${expression}]: ${explain(expression, 0)}`)
  return found[1] ?? found[2] ?? ''
}
