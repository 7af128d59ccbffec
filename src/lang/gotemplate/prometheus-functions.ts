import { parseDurationMs } from '../../model/duration.ts'
import { quoteString } from '../../model/go-notation.ts'
import { escapeQuery } from './escape-text.ts'
import type { FunctionTable, GoFunction } from './function.ts'
import { aString, anything, define, defineAsync, defineRest, instanceOf } from './function.ts'
import { isAddress, joinHostPort, splitHostPort } from './host-port.ts'
import * as human from './humanize.ts'
import type { QuerySample } from './prometheus-data.ts'
import { QueryResult, Sample } from './prometheus-data.ts'
import { textFunctions, toTitle } from './text-functions.ts'
import { GoDuration } from './time.ts'
import { compareBytes } from './utf8.ts'
import { GoMap, GoSafe } from './value.ts'

/** What Prometheus's functions need of the program. */
export interface PrometheusHost {
  /** Evaluates PromQL at a time; the message of what it throws ends the template's error. */
  query(expression: string, timestampMs: number): Promise<readonly QuerySample[]>
  /** The address under which people reach the server, without a slash at the end. */
  readonly externalUrl: string
}

const aResult = instanceOf('template.queryResult', QueryResult)
const aSample = instanceOf('*template.sample', Sample)

/** The functions of Prometheus's rules and consoles (its package template). Make one table and keep it. */
export function prometheusFunctions(host: PrometheusHost): FunctionTable {
  const query: GoFunction = defineAsync([aString], async (expression, context) => {
    const samples = await host.query(expression, context.timestampMs)
    return new QueryResult(samples.map((sample) => new Sample(sample)))
  })
  const path = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#]*([^?#]*)/.exec(host.externalUrl)?.[1] ?? ''
  return new Map<string, GoFunction>([
    ...textFunctions(),
    ['query', query],
    ['externalURL', define([], () => host.externalUrl)],
    ['pathPrefix', define([], () => path)],
    ...RESULT_FUNCTIONS,
    ...NUMBER_FUNCTIONS,
    ...STRING_FUNCTIONS,
  ])
}

const RESULT_FUNCTIONS: readonly [string, GoFunction][] = [
  [
    'first',
    define([aResult], ({ samples }) => {
      const [sample] = samples
      if (!sample) throw new Error('first() called on vector with no elements')
      return sample
    }),
  ],
  ['label', define([aString, aSample], (name, sample) => sample.labels.get(name))],
  ['value', define([aSample], (sample) => sample.value)],
  ['strvalue', define([aSample], (sample) => sample.labels.get('__value__'))],
  [
    'sortByLabel',
    define([aString, aResult], (name, { samples }) => {
      const sorted = samples.toSorted((a, b) =>
        compareBytes(a.labels.get(name), b.labels.get(name)),
      )
      return new QueryResult(sorted)
    }),
  ],
]

const NUMBER_FUNCTIONS: readonly [string, GoFunction][] = [
  ['humanize', define([anything], (value) => human.humanize(human.toFloat(value)))],
  ['humanize1024', define([anything], (value) => human.humanize1024(human.toFloat(value)))],
  ['humanizeDuration', define([anything], (value) => human.humanizeDuration(human.toFloat(value)))],
  [
    'humanizePercentage',
    define([anything], (value) => human.humanizePercentage(human.toFloat(value))),
  ],
  [
    'humanizeTimestamp',
    define([anything], (value) => human.humanizeTimestamp(human.toFloat(value))),
  ],
  ['toTime', define([anything], (value) => human.toTime(human.toFloat(value)))],
  ['toDuration', define([anything], (value) => toDuration(human.toFloat(value)))],
  ['now', define([], (context) => context.timestampMs / 1000)],
  ['parseDuration', define([aString], parseDurationSeconds)],
]

const STRING_FUNCTIONS: readonly [string, GoFunction][] = [
  ['title', define([aString], (text) => toTitle(text, false))],
  ['graphLink', define([aString], (text) => `/graph?g0.expr=${escapeQuery(text)}&g0.tab=0`)],
  ['tableLink', define([aString], (text) => `/graph?g0.expr=${escapeQuery(text)}&g0.tab=1`)],
  ['urlQueryEscape', define([aString], escapeQuery)],
  ['stripPort', define([aString], (text) => splitHostPort(text)?.host ?? text)],
  ['stripDomain', define([aString], stripDomain)],
  [
    'args',
    defineRest(
      anything,
      (values) => new GoMap(new Map(values.map((value, i) => [`arg${i}`, value]))),
    ),
  ],
  [
    'tmpl',
    define([aString, anything], (name, data, context) => {
      return new GoSafe('html', context.execute(name, data))
    }),
  ],
]

const MAX_INT64 = 2n ** 63n - 1n

function toDuration(seconds: number): GoDuration {
  const nanoseconds = Math.trunc(seconds * 1e9)
  if (!Number.isFinite(nanoseconds) || Math.abs(nanoseconds) >= 2 ** 63) {
    return new GoDuration(-MAX_INT64 - 1n)
  }
  return new GoDuration(BigInt(nanoseconds))
}

/** A duration in Prometheus's notation as seconds, with a sign if need be. */
function parseDurationSeconds(text: string): number {
  const isNegative = text.startsWith('-')
  const durationMs = parseDurationMs(isNegative ? text.slice(1) : text)
  if (text === '') throw new Error('empty duration string')
  if (durationMs === undefined) {
    throw new Error(
      `not a valid duration string: ${quoteString(isNegative ? text.slice(1) : text)}`,
    )
  }
  return (isNegative ? -durationMs : durationMs) / 1000
}

/** `web1.example.org:80` without its domain; an address stays as it is. */
function stripDomain(text: string): string {
  const split = splitHostPort(text)
  const host = split?.host ?? text
  if (isAddress(host)) return text
  const [name = ''] = host.split('.')
  return split && split.port !== '' ? joinHostPort(name, split.port) : name
}
