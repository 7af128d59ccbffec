import { LogEntry, type TakeEntry } from '../tail/stages/entry.ts'
import type { RunningStage, StageList } from '../tail/stages/stage.ts'
import { earliest } from '../tail/stages/chain.ts'
import { encodeRecord } from './record-text.ts'
import type { FileEntry } from './file-entry.ts'
import type { FileLogSettings } from './read-file-log.ts'
import type { Give, Operator, RunningOperator } from './operator.ts'

const FILENAME = 'filename'

/**
 * The operators of a receiver as a stage of a job that follows files: lines come in, and what leaves are records, each written as the
 * text of a line.
 */
export function operatorStages(settings: FileLogSettings): StageList {
  const open = (next: TakeEntry): RunningStage =>
    openOperators(settings, (entry) => next(toLine(entry)))
  return [{ name: 'operators', line: 1, compile: () => ({ open }) }]
}

function openOperators(settings: FileLogSettings, leave: Give): RunningStage {
  const running = link(settings.operators, leave)
  const [first] = running
  const push = first ? (entry: FileEntry): void => first.push(entry) : leave
  return {
    push: (line) => push(toEntry(line, settings)),
    flush: (nowMs, force) => {
      for (const one of running) one.flush?.(nowMs, force)
    },
    heldFrom: () => earliest(running, (one) => one.heldFrom?.()),
  }
}

/** The operators at work, each giving to the one that it names, or to the next. */
function link(operators: readonly Operator[], leave: Give): readonly RunningOperator[] {
  const byId = new Map<string, Give>()
  const running: RunningOperator[] = []
  let next = leave
  for (const operator of operators.toReversed()) {
    const give = operator.output === undefined ? next : (byId.get(operator.output) ?? leave)
    const one = operator.open(give, (id) => byId.get(id) ?? leave)
    running.unshift(one)
    next = (entry) => one.push(entry)
    byId.set(operator.id, next)
  }
  return running
}

function toEntry(line: LogEntry, settings: FileLogSettings): FileEntry {
  const path = line.labels.get(FILENAME) ?? ''
  const text = settings.trims ? line.line.trim() : line.line
  const attributes = new Map(settings.attributes)
  if (settings.hasFileName) attributes.set('log.file.name', path.slice(path.lastIndexOf('/') + 1))
  if (settings.hasFilePath) attributes.set('log.file.path', path)
  return {
    body: text.slice(0, settings.maxCharacters),
    attributes,
    resource: settings.resource,
    timeNs: 0n,
    ...{ severityNumber: 0, severityText: '', traceId: '', spanId: '', flags: 0 },
    path,
    startOffset: line.startOffset,
    endOffset: line.endOffset,
    observedNs: line.timestampNs,
    labels: line.labels,
  }
}

function toLine(entry: FileEntry): LogEntry {
  const { observedNs, labels, startOffset, endOffset } = entry
  return new LogEntry(encodeRecord(entry), observedNs, labels, startOffset, endOffset)
}
