import { readUrl } from '../../yaml/context.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'

/**
 * A text that may be a Go template. With `{{` in it, it is one and stays as it is written, `$` included; without, `${VAR}` is
 * expanded as everywhere, because it is an address, a channel or a name.
 */
export function readTemplate(node: YamlNode): string | undefined {
  const raw = node.asRawString()
  if (raw === undefined) return undefined
  if (!raw.includes('{{')) return node.asString()
  if (node.env !== undefined && /(?<!\$)\$\{[A-Z_][A-Z0-9_]*(?::-[^}]*)?\}/.test(raw)) {
    node.warn('${…} is not expanded in a template, that is in a text with {{')
  }
  return raw
}

/** Free keys with templates as values. */
export function readTemplateMap(node: YamlNode): Readonly<Record<string, string>> {
  const entries = node.asMap()?.entries() ?? []
  return Object.fromEntries(entries.map((entry) => [entry.name, readTemplate(entry) ?? '']))
}

/** A URL of http or https, as it is written. An empty text is as good as nothing. */
export function readUrlText(node: YamlNode): string | undefined {
  const text = node.asString()
  if (text === undefined || text === '') return undefined
  const placeholder = describePlaceholder(text)
  if (placeholder !== undefined) return node.error(placeholder)
  return readUrl(node) === undefined ? undefined : text
}

/** What stands in examples instead of a value: `YOUR_SLACK_WEBHOOK_URL`, `<slack-webhook-url>`. */
const PLACEHOLDER = /^(?:YOUR_[A-Z0-9_]+|<[^<>]*>)$/

/** What to do with a text that nobody has filled in; undefined for any other. */
export function describePlaceholder(text: string): string | undefined {
  if (!PLACEHOLDER.test(text)) return undefined
  return `${text} is a placeholder: fill in the real value, or \${VAR} for an environment variable`
}

const GO_UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** Go's time.ParseDuration (`1h30m`, `1.5s`, not `2d`), in milliseconds; undefined when the text is none. */
function parseGoDurationMs(text: string): number | undefined {
  const found = /^([-+]?)((?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text)
  if (!found) return undefined
  let total = 0
  for (const [, digits, unit] of (found[2] ?? '').matchAll(/([0-9.]+)([a-zµμ]+)/g)) {
    total += Number(digits) * (GO_UNIT_MS[unit ?? ''] ?? 0)
  }
  return found[1] === '-' ? -total : total
}

/** Reads a duration of Go's own notation, which the original has in a few places. Negative ones are refused. */
export function readGoDurationMs(node: YamlNode): number | undefined {
  const text = node.asString()
  if (text === undefined) return undefined
  const durationMs = parseGoDurationMs(text)
  if (durationMs === undefined) {
    return node.error(`must be a duration such as 10s, 1m30s or 2h, not ${JSON.stringify(text)}`)
  }
  return durationMs < 0 ? node.error(`must not be negative, not ${text}`) : durationMs
}

/** Reports the keys of a group when none of them is set. */
export function needOneOf(map: YamlMap, names: readonly string[], instead = ''): void {
  if (names.some((name) => !isBlank(map.key(name)))) return
  const what =
    names.length === 1 ? `${names[0]} must be set` : `one of ${names.join(', ')} must be set`
  map.node.error(`${what}${instead}`)
}

/** True when a key is absent, without content, or an empty text. */
export function isBlank(node: YamlNode): boolean {
  return node.isEmpty || (node.isScalar && node.asRawString() === '')
}
