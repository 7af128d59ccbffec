import type { FlagHelp } from '../collect/host/flag-reader.ts'

const MOST_DEFAULT_LENGTH = 60

/** `vedette start --help-host`: node_exporter's flags as they hold here. */
export function describeHostHelp(flags: readonly FlagHelp[]): string {
  const collectors = flags.filter(({ help }) => /^The \S+ collector\.$/.test(help))
  const isCollector = new Set(collectors)
  const names = (state: string): string =>
    wrap(
      collectors
        .filter((flag) => flag.defaultValue === state)
        .map(({ name }) => name.replace('collector.', '')),
    )
  const rows = flags
    .filter((flag) => !isCollector.has(flag))
    .map(({ name, help, isSwitch, defaultValue }) => {
      const shown = defaultValue.length > MOST_DEFAULT_LENGTH ? "node_exporter's" : defaultValue
      const left = isSwitch ? `--[no-]${name}` : `--${name} <value>`
      return `  ${left}\n      ${help}${shown === '' ? '' : ` Default: ${shown}`}`
    })
  return `The metrics of this host are those of node_exporter, read in-process. Its flags hold for "vedette start" too.

Collectors, switched with --collector.NAME and --no-collector.NAME. On:
${names('enabled')}
Off:
${names('disabled')}

Others:
${rows.join('\n')}
`
}

function wrap(words: readonly string[]): string {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length > 98) lines.push(`  ${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.join('\n')
}
