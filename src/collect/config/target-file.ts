import type { FaultList } from '../../yaml/fault.ts'
import { readYamlFile } from '../../yaml/read-file.ts'
import type { StaticGroup } from './discovery.ts'
import { readLabelSet } from './label-set.ts'

/**
 * Reads a file of `file_sd_configs` as strictly as Prometheus does (discovery/targetgroup); JSON is YAML too. Undefined, with
 * the reasons in `faults`, when anything is wrong with it. Nothing in it is expanded: others write these files.
 */
export function readTargetFile(
  file: string,
  faults: FaultList,
): readonly StaticGroup[] | undefined {
  const before = faults.errorCount
  const groups: StaticGroup[] = []
  for (const item of readYamlFile(file, { faults })?.asList() ?? []) {
    const map = item.asMap()
    if (!map) {
      if (item.isEmpty) item.error('an empty target group')
      continue
    }
    groups.push({
      targets: map.key('targets').asStrings() ?? [],
      labels: readLabelSet(map.key('labels'), 'utf8'),
    })
    map.finish()
  }
  return faults.errorCount === before ? groups : undefined
}
