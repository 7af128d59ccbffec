/** What a vedette.yml is made of. */
export type ConfigValue =
  | string
  | number
  | boolean
  | readonly ConfigValue[]
  | Map<string, ConfigValue>

/** Prints it as YAML in blocks. Texts that YAML would read as something else are quoted. */
export function printConfig(root: ReadonlyMap<string, ConfigValue>): string {
  return [...root].map(([key, value]) => printEntry(key, value, '')).join('')
}

function printEntry(key: string, value: ConfigValue, indent: string): string {
  const name = `${indent}${printText(key)}:`
  if (value instanceof Map) {
    if (value.size === 0) return `${name} {}\n`
    const lines = [...value].map(([inner, each]) => printEntry(inner, each, `${indent}  `))
    return `${name}\n${lines.join('')}`
  }
  return `${name} ${printInline(value)}\n`
}

function printInline(value: ConfigValue): string {
  if (typeof value === 'string') return printText(value)
  if (typeof value !== 'object') return String(value)
  if (value instanceof Map) {
    return `{${[...value].map(([key, each]) => `${printText(key)}: ${printInline(each)}`).join(', ')}}`
  }
  return `[${value.map(printInline).join(', ')}]`
}

/** Words that YAML 1.1 or 1.2 give a meaning of their own, and numbers, need quotes. */
const PLAIN = /^(?!(?:true|false|yes|no|on|off|null|y|n|~)$)[A-Za-z./][\w./-]*$/i

function printText(text: string): string {
  return PLAIN.test(text) ? text : JSON.stringify(text)
}
