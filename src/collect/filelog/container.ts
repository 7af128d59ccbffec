import { anyText } from '../../formats/otlp/any-value.ts'
import type { YamlMap } from '../../yaml/map.ts'
import { readCommon, type CommonSettings } from './common-settings.ts'
import { isTrue } from './expression.ts'
import type { FileEntry } from './file-entry.ts'
import { deleteField, getField, readField, setField, type Field } from './field.ts'
import {
  OperatorFault,
  type Give,
  type Operator,
  type RunningOperator,
  type Step,
} from './operator.ts'
import { readEmbedded } from './parsers.ts'
import { compileTimeFormat } from '../tail/stages/time-format.ts'

const BODY: Field = { root: 'body', keys: [] }
const ATTRIBUTES: Field = { root: 'attributes', keys: [] }
const MAX_LOG_BYTES = 1024 * 1024
/** Parts of a line wait so long for the rest. */
const FLUSH_MS = 5000

const CRI = /^(\S+) (stdout|stderr) (\S*) ?(.*)$/s
/** `…/NAMESPACE_POD_UID/CONTAINER/RESTARTS.log` */
const POD_PATH = /\/([^/_]+)_([^/_]+)_([a-f0-9-]{1,64})\/([^/_]+)\/([0-9]+)\.log$/

const readRfc3339 = compileTimeFormat('RFC3339Nano', undefined, Date.now)

interface ContainerSettings extends CommonSettings {
  readonly format: 'docker' | 'crio' | 'containerd' | undefined
  readonly from: Field
  readonly to: Field
  readonly isPodNamed: boolean
  /** 0: no bound. */
  readonly maxBytes: number
  readonly after: readonly Step[]
}

/** `container`: lines as Docker's json-file driver, CRI-O and containerd write them; the parts of a line are joined, stream by stream. */
export function readContainer(map: YamlMap, type: string): Operator | undefined {
  const common = readCommon(map, type)
  const format = map.key('format').asOneOf(['docker', 'crio', 'containerd'])
  const from = map.key('parse_from').isEmpty ? BODY : readField(map.key('parse_from'))
  const to = map.key('parse_to').isEmpty ? ATTRIBUTES : readField(map.key('parse_to'))
  const isPodNamed = map.key('add_metadata_from_filepath').asBool() ?? true
  const size = map.key('max_log_size')
  const maxBytes = size.isEmpty ? MAX_LOG_BYTES : (readSize(size.asString() ?? '') ?? -1)
  if (maxBytes < 0) return size.error('must be a size such as 1MiB')
  const after = readEmbedded(map)
  if (from === undefined || to === undefined) return undefined
  const settings = { ...common, format, from, to, isPodNamed, maxBytes, after }
  return {
    id: common.id,
    output: common.output,
    open: (give) => new Container(settings, give),
  }
}

/** `16kb`, `1MiB`, `1024`; undefined for what is no size. */
export function readSize(text: string): number | undefined {
  const found = /^([0-9]+(?:\.[0-9]+)?)\s*([kmg]?)(i?b?)$/i.exec(text.trim())
  if (found === null) return undefined
  const unit = /ib$/i.test(found[3] ?? '') ? 1024 : 1000
  return Math.floor(
    Number(found[1]) * unit ** ['', 'k', 'm', 'g'].indexOf((found[2] ?? '').toLowerCase()),
  )
}

interface Part {
  readonly entry: FileEntry
  readonly lastMs: number
}

class Container implements RunningOperator {
  readonly #settings: ContainerSettings
  readonly #give: Give
  /** What is there of a line, by its stream. */
  readonly #parts = new Map<string, Part>()

  constructor(settings: ContainerSettings, give: Give) {
    this.#settings = settings
    this.#give = give
  }

  push(entry: FileEntry): void {
    const { condition, dropsFaults } = this.#settings
    if (condition !== undefined && !isTrue(condition(entry))) {
      this.#give(entry)
      return
    }
    let isPart: boolean
    try {
      isPart = this.#parse(entry)
    } catch (thrown) {
      if (!(thrown instanceof OperatorFault)) throw thrown
      if (!dropsFaults) this.#give(entry)
      return
    }
    this.#join(entry, isPart)
  }

  /** Whether the line goes on in another one. */
  #parse(entry: FileEntry): boolean {
    const { from, to, format, isPodNamed } = this.#settings
    const text = getField(entry, from)
    if (typeof text !== 'string') throw new OperatorFault('there is no text to parse')
    const isDocker = format === 'docker' || (format === undefined && text.startsWith('{'))
    const line = isDocker ? parseDocker(text) : parseCri(text)
    const timeNs = readRfc3339(line.time)
    if (timeNs === undefined) throw new OperatorFault('the time cannot be read')
    deleteField(entry, from)
    const { attributes } = line
    if (!setField(entry, to, new Map(attributes))) throw new OperatorFault('cannot be set')
    entry.timeNs = timeNs
    entry.body = line.text
    if (isPodNamed) namePod(entry)
    return line.isPart
  }

  #join(entry: FileEntry, isPart: boolean): void {
    const { maxBytes } = this.#settings
    const stream = anyText(entry.attributes.get('log.iostream') ?? '')
    const before = this.#parts.get(stream)?.entry
    if (before !== undefined) {
      this.#parts.delete(stream)
      entry.body = anyText(before.body) + anyText(entry.body)
      entry.startOffset = before.startOffset
    }
    const isFull = maxBytes > 0 && anyText(entry.body).length >= maxBytes
    if (isPart && !isFull) this.#parts.set(stream, { entry, lastMs: Date.now() })
    else this.#finish(entry)
  }

  #finish(entry: FileEntry): void {
    try {
      if (!this.#settings.after.every((step) => step(entry))) return
    } catch (thrown) {
      if (!(thrown instanceof OperatorFault)) throw thrown
      if (this.#settings.dropsFaults) return
    }
    this.#give(entry)
  }

  flush(nowMs: number, force: boolean): void {
    for (const [stream, { entry, lastMs }] of this.#parts) {
      if (!force && nowMs - lastMs < FLUSH_MS) continue
      this.#parts.delete(stream)
      this.#finish(entry)
    }
  }

  heldFrom(): number | undefined {
    const starts = Array.from(this.#parts.values(), ({ entry }) => entry.startOffset)
    return starts.length === 0 ? undefined : Math.min(...starts)
  }
}

interface ContainerLine {
  readonly time: string
  readonly text: string
  readonly attributes: readonly (readonly [string, string])[]
  readonly isPart: boolean
}

function parseDocker(text: string): ContainerLine {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    throw new OperatorFault('the line is not JSON')
  }
  const textOf = (name: string): string => {
    const value: unknown =
      typeof found === 'object' && found !== null
        ? Object.getOwnPropertyDescriptor(found, name)?.value
        : undefined
    if (typeof value !== 'string') throw new OperatorFault(`the line has no ${name}`)
    return value
  }
  const log = textOf('log')
  return {
    time: textOf('time'),
    text: log.replace(/\r?\n$/, ''),
    attributes: [['log.iostream', textOf('stream')]],
    // The driver cuts lines at 16 KiB: what has no end goes on.
    isPart: !log.endsWith('\n') && log.length >= 16 * 1024,
  }
}

function parseCri(text: string): ContainerLine {
  const found = CRI.exec(text)
  if (found === null) throw new OperatorFault('the line is in no format of containers')
  const [, time = '', stream = '', tag = '', rest = ''] = found
  return {
    time,
    text: rest,
    attributes: [
      ['log.iostream', stream],
      ['logtag', tag],
    ],
    isPart: tag === 'P' || tag.startsWith('P:'),
  }
}

function namePod(entry: FileEntry): void {
  const found = POD_PATH.exec(entry.path)
  if (found === null) return
  const [, namespace = '', pod = '', uid = '', container = '', restarts = ''] = found
  entry.resource = new Map([
    ...entry.resource,
    ['k8s.namespace.name', namespace],
    ['k8s.pod.name', pod],
    ['k8s.pod.uid', uid],
    ['k8s.container.name', container],
    ['k8s.container.restart_count', restarts],
  ])
}
