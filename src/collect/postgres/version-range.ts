type Version = readonly [major: number, minor: number, patch: number]

interface Comparison {
  readonly operator: string
  readonly version: Version
}

/** A range of versions in the notation of postgres_exporter's `runonserver`: comparisons that all hold, alternatives by `||`. */
export interface VersionRange {
  /** For a version as `server_version_num` has it: 150008 is 15.8. */
  contains(versionNumber: number): boolean
}

/** Reads `>=10.0.0 <13.0.0 || 15.x` and the like; undefined when it is no range. */
export function parseVersionRange(text: string): VersionRange | undefined {
  const alternatives = text.split('||').map((part) => parseAll(part.trim()))
  if (alternatives.some((one) => one === undefined)) return undefined
  return {
    contains(versionNumber) {
      // Since version 10 the number has two parts: 150008 is 15.8.
      const version: Version = [Math.floor(versionNumber / 10_000), versionNumber % 10_000, 0]
      return alternatives.some((all) => all?.every((one) => holds(one, version)) === true)
    },
  }
}

function parseAll(text: string): Comparison[] | undefined {
  const found = [...text.matchAll(/(>=|<=|!=|==|=|>|<|!|)\s*(\d+)(?:\.(\d+|x))?(?:\.(\d+|x))?/g)]
  const rest = found.reduce((left, [whole]) => left.replace(whole, ''), text)
  const isVague = found.some(
    ([whole, operator]) => operator?.startsWith('!') && whole.includes('x'),
  )
  if (found.length === 0 || rest.trim() !== '' || isVague) return undefined
  return found.flatMap(([, operator = '', major, minor = '0', patch = '0']) => {
    const low: Version = [
      Number(major),
      minor === 'x' ? 0 : Number(minor),
      patch === 'x' ? 0 : Number(patch),
    ]
    if (minor !== 'x' && patch !== 'x') return [{ operator, version: low }]
    const high: Version = minor === 'x' ? [low[0] + 1, 0, 0] : [low[0], low[1] + 1, 0]
    // A wildcard stands for everything that begins so.
    if (operator === '>' || operator === '<=')
      return [{ operator: operator === '>' ? '>=' : '<', version: high }]
    if (operator === '>=' || operator === '<') return [{ operator, version: low }]
    return [
      { operator: '>=', version: low },
      { operator: '<', version: high },
    ]
  })
}

function holds({ operator, version }: Comparison, actual: Version): boolean {
  const order = compare(actual, version)
  switch (operator) {
    case '>=':
      return order >= 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '<':
      return order < 0
    case '!':
    case '!=':
      return order !== 0
    default:
      return order === 0
  }
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}
