import type { YamlNode } from '../../../yaml/node.ts'
import { suggestName } from '../../../yaml/suggest.ts'
import { readCri, readDocker } from './container-stages.ts'
import { readDrop } from './drop-stage.ts'
import { readEventLogMessage } from './eventlogmessage-stage.ts'
import { readJson } from './json-stage.ts'
import {
  readLabelAllow,
  readLabelDrop,
  readLabels,
  readStaticLabels,
  readStructuredMetadata,
} from './label-stages.ts'
import { readLimit } from './limit-stage.ts'
import { readLogfmt } from './logfmt-stage.ts'
import { readMatch } from './match-stage.ts'
import { readMetrics } from './metrics-stage.ts'
import { readMultiline } from './multiline-stage.ts'
import { readOutput } from './output-stage.ts'
import { readPack } from './pack-stage.ts'
import { readRegexStage } from './regex-stage.ts'
import { readReplace } from './replace-stage.ts'
import { readSampling } from './sampling-stage.ts'
import { readDecolorize, readGeoip, readNoop, readTenant } from './small-stages.ts'
import type { StageList, StageSpec } from './stage.ts'
import { readTemplate } from './template-stage.ts'
import { readTimestamp } from './timestamp-stage.ts'

/** Reads what stands behind the name of a stage; undefined when it reported a fault. */
type ReadStage = (
  node: YamlNode,
  readNested: (stages: YamlNode) => StageList,
) => StageSpec['compile'] | undefined

/** Every stage, under the name that promtail gives it. */
const KINDS: ReadonlyMap<string, ReadStage> = new Map<string, ReadStage>([
  ['cri', readCri],
  ['decolorize', readDecolorize],
  ['docker', readDocker],
  ['drop', readDrop],
  ['eventlogmessage', readEventLogMessage],
  ['geoip', readGeoip],
  ['json', readJson],
  ['labelallow', readLabelAllow],
  ['labeldrop', readLabelDrop],
  ['labels', readLabels],
  ['limit', readLimit],
  ['logfmt', readLogfmt],
  ['match', readMatch],
  ['metrics', readMetrics],
  ['multiline', readMultiline],
  // The name that structured_metadata had first.
  ['non_indexed_labels', readStructuredMetadata],
  ['noop', readNoop],
  ['output', readOutput],
  ['pack', readPack],
  ['regex', readRegexStage],
  ['replace', readReplace],
  ['sampling', readSampling],
  ['static_labels', readStaticLabels],
  ['structured_metadata', readStructuredMetadata],
  ['template', readTemplate],
  ['tenant', readTenant],
  ['timestamp', readTimestamp],
])

/** `pipeline_stages` of a scrape job: a list of mappings of one key each, the name of the stage. Faults are reported at their place. */
export function readStages(node: YamlNode | undefined): StageList {
  const list: StageSpec[] = []
  for (const item of node?.asList() ?? []) {
    if (!item.isMap) {
      item.error('must be a mapping from the name of a stage to its settings, such as `- json:`')
      continue
    }
    const entries = item.asMap()?.entries() ?? []
    const [entry, second] = entries
    if (entry === undefined) continue
    if (second !== undefined) {
      second.errorAtKey(
        `a stage must be an item of its own (- ${second.name}:); this one is ${entry.name}`,
      )
    }
    const read = KINDS.get(entry.name)
    if (read === undefined) {
      const near = suggestName(entry.name, [...KINDS.keys()])
      const hint = near === undefined ? '' : ` (did you mean ${near}?)`
      entry.errorAtKey(`unknown stage${hint}; must be one of ${[...KINDS.keys()].join(', ')}`)
      continue
    }
    const compile = read(entry, readStages)
    if (compile !== undefined) list.push({ name: entry.name, line: item.line, compile })
  }
  return list
}
