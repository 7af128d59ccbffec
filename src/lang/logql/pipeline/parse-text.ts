import { parseCapturePattern } from '../pattern.ts'
import { compileFinder } from '../../../model/find-regex.ts'
import { EXTRACTED, toLabelName, type LineLabels } from './line-labels.ts'
import { matchPattern } from './match-pattern.ts'
import { parserStage, type ReadyStage } from './stage.ts'

function set(labels: LineLabels, name: string, value: string): void {
  const own = labels.isTaken(name) ? name + EXTRACTED : name
  if (labels.hints.wants(own)) labels.setParsed(own, value)
}

/** `| pattern "<ip> - <_>"` */
export function patternStage(source: string): ReadyStage {
  const nodes = parseCapturePattern(source)
  const names = nodes.flatMap((node) =>
    'capture' in node && node.capture !== '_' ? [node.capture] : [],
  )
  return parserStage((text, labels) => {
    if (labels.hints.isDone) return
    for (const [i, value] of matchPattern(nodes, text).entries()) set(labels, names[i] ?? '', value)
  })
}

/** `| regexp "(?P<method>\\w+)"` */
export function regexpStage(source: string): ReadyStage {
  const finder = compileFinder(source, '')
  return parserStage((text, labels) => {
    const [found] = finder.find(text)
    if (!found) return
    for (const [group, value] of Object.entries(found.named)) {
      const name = toLabelName(group)
      if (name !== '') set(labels, name, value ?? '')
    }
  })
}
