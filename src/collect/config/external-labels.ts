import { isValidLabelName, type NameValidation } from '../../ingest/relabel.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { unlessEmpty } from '../../yaml/context.ts'
import { nameRule } from './label-set.ts'

/** Reads `external_labels:`; a label whose value is empty is absent. */
export function readExternalLabels(
  node: YamlNode,
  validation: NameValidation,
): Readonly<Record<string, string>> {
  const out: [string, string][] = []
  for (const entry of node.asMap()?.entries() ?? []) {
    if (!isValidLabelName(entry.name, validation)) {
      entry.errorAtKey(`not a valid label name${nameRule(validation)}`)
    }
    const written = entry.asRawString() ?? ''
    const value = entry.env === undefined ? written : expandLabel(entry, written, entry.env)
    if (value !== '') out.push([entry.name, value])
  }
  return Object.fromEntries(out)
}

const PLACE = /\$\$|\$\{([^}]*)\}|\$([a-zA-Z_][a-zA-Z0-9_]*)/g

/**
 * External labels are the one place where Prometheus itself expands variables, and there `$NAME` and any case count too
 * (config.go, Load: os.Expand); such a one that is not set becomes empty, with a warning. `${NAME}` follows our own rule, by
 * which an unset variable is an error.
 */
function expandLabel(
  node: YamlNode,
  written: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  return written.replace(PLACE, (all, braced?: string, bare?: string) => {
    if (all === '$$') return '$'
    const own = /^([A-Z_][A-Z0-9_]*)(?::-(.*))?$/s.exec(braced ?? '')
    const name = own?.[1] ?? bare ?? braced ?? ''
    const value = env[name]
    if (own?.[2] !== undefined) return unlessEmpty(value) ?? own[2]
    if (value !== undefined && (own || value !== '')) return value
    if (own) {
      node.error(
        `the environment variable ${name} is not set; set it, give a default with \${${name}:-…}, or write $${all} for the text itself`,
      )
    } else
      node.warn(`the environment variable ${name} is empty or not set; nothing takes its place`)
    return ''
  })
}
