import { messageOf, Problem } from '../../model/problem.ts'
import type { FaultList } from '../../yaml/fault.ts'
import type { YamlNode } from '../../yaml/node.ts'
import type { FlagArguments } from '../host/flag-reader.ts'
import { defaultHostOptions, readHostFlags } from '../host/flags.ts'
import type { HostOptions } from '../host/options.ts'

/**
 * `host:` of vedette.yml, which holds node_exporter's flags by their first word (`path: {procfs: /host/proc}` is
 * `--path.procfs`, `collector: {wifi: false}` is `--no-collector.wifi`), with the flags of the command line over it.
 */
export function readHostSection(
  node: YamlNode | undefined,
  flags: FlagArguments,
  faults: FaultList,
): HostOptions {
  const own = node === undefined ? new Map<string, string>() : readKeys(node)
  const fail = (thrown: unknown): string => {
    if (thrown instanceof Problem) return messageOf(thrown)
    throw thrown
  }
  try {
    readHostFlags(own)
  } catch (thrown) {
    node?.error(fail(thrown).replace(/^--/, ''))
    return defaultHostOptions()
  }
  try {
    const { options, warnings } = readHostFlags(new Map([...own, ...flags]))
    for (const message of warnings) addCommandLine(faults, message, 'warning')
    return options
  } catch (thrown) {
    addCommandLine(faults, fail(thrown), 'error')
    return defaultHostOptions()
  }
}

function readKeys(node: YamlNode): Map<string, string | readonly string[]> {
  const out = new Map<string, string | readonly string[]>()
  const map = node.asMap()
  for (const prefix of ['path', 'collector']) {
    for (const entry of map?.key(prefix).asMap()?.entries() ?? []) {
      const value = entry.isScalar ? entry.asString() : entry.asStrings()
      if (value !== undefined) out.set(`${prefix}.${entry.name}`, value)
    }
  }
  map?.finish()
  return out
}

function addCommandLine(faults: FaultList, text: string, severity: 'error' | 'warning'): void {
  const [, flag = 'command line', message = text] = /^(--[^:]+): (.*)$/s.exec(text) ?? []
  faults.add({ file: flag, line: 0, col: 0, message, severity })
}
