import { readFileSync } from 'node:fs'
import { FaultList } from '../../yaml/fault.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { parseYaml } from '../../yaml/parse.ts'
import type { LokiRetention } from './examine-differences.ts'

/** Reads from a Loki file whether Loki itself would delete old lines (docs/sources/operations/storage/retention.md of Loki). */
export function readLokiRetention(file: string): LokiRetention {
  const root = parseYaml(readFileSync(file, 'utf8'), { file, faults: new FaultList() })
  const at = (...names: readonly string[]): YamlNode | undefined => {
    let node = root
    for (const name of names) node = node?.isMap === true ? node.asMap()?.key(name) : undefined
    return node
  }
  const isTrue = (node: YamlNode | undefined): boolean =>
    node?.isScalar === true && node.asRawString() === 'true'
  return {
    isSaid: at('limits_config', 'retention_period')?.isPresent ?? false,
    isEnforced:
      isTrue(at('compactor', 'retention_enabled')) ||
      isTrue(at('table_manager', 'retention_deletes_enabled')),
  }
}
