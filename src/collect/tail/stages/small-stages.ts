import { decolorizeStage } from '../../../lang/logql/pipeline/format.ts'
import { LineLabels } from '../../../lang/logql/pipeline/line-labels.ts'
import { ParserHints } from '../../../lang/logql/pipeline/parser-hints.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { readSettings } from './settings.ts'
import type { StageSpec } from './stage.ts'

/** `decolorize`: takes away what colours a terminal, as the stage of LogQL of that name does. */
export function readDecolorize(): StageSpec['compile'] {
  return () => {
    const stage = decolorizeStage()
    const inHand = { text: '', timestampNs: 0n, labels: new LineLabels(ParserHints.all()) }
    return {
      step: (entry) => {
        inHand.text = entry.line
        stage.run(inHand)
        entry.line = inHand.text
        return true
      },
    }
  }
}

/** `tenant`: checked as promtail checks it, and told that it does nothing. */
export function readTenant(node: YamlNode): StageSpec['compile'] | undefined {
  const names = ['label', 'source', 'value']
  const isRead = readSettings(node, names, (map) => {
    const set = names.filter((name) => (map.key(name).asString() ?? '') !== '')
    if (set.length === 0) node.errorAtKey('one of label, source, value must be set')
    if (set.length > 1) {
      map.key(set[1] ?? '').errorAtKey(`excludes ${set[0]}: one of label, source, value may be set`)
    }
    return true
  })
  if (isRead !== true) return undefined
  node.warnAtKey('has no effect: there are no tenants here, all lines are stored together')
  return () => ({ step: () => true })
}

/** `geoip`: refused, because lines without the labels that people rely on would be worse. */
export function readGeoip(node: YamlNode): undefined {
  node.errorAtKey(
    'is not supported: Vedette cannot read MaxMind databases; take the stage out to use the rest of the pipeline',
  )
}

/** `noop`: nothing. */
export function readNoop(): StageSpec['compile'] {
  return () => ({ step: () => true })
}
