import type { PatternsJson } from '../../contract/loki-detected.ts'
import { boundSpan } from '../../query/logs/limit-logql.ts'
import { findPatterns } from '../../query/logs/patterns.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
import { readOrderedBounds, readStep } from './decode-params.ts'
import type { LokiDoors } from './doors.ts'
import { guarded, jsonAnswer } from './respond.ts'

type PatternDoors = Pick<LokiDoors, 'logql' | 'source' | 'limits' | 'log' | 'nowMs'>

const NS_PER_S = 1_000_000_000n
const MAX_STREAMS = 100_000
/** Loki's pattern ingester counts by so much; a step is not shorter. */
const SHORTEST_STEP_NS = 10n * NS_PER_S

/** `patterns`: what the lines of a selection have in common. */
export function patternRoutes(doors: PatternDoors): Route[] {
  const path = '/loki/api/v1/patterns'
  return [
    {
      methods: ['GET', 'POST'],
      path,
      permission: 'logs:read',
      handle: guarded(doors.log, path, (exchange) => answerPatterns(doors, exchange)),
    },
  ]
}

async function answerPatterns(doors: PatternDoors, { params, signal }: Exchange): Promise<Answer> {
  const { logql, source, limits, nowMs } = doors
  const bounds = readOrderedBounds(params, nowMs())
  const asked = readStep(params, bounds)
  const stepNs = asked < SHORTEST_STEP_NS ? SHORTEST_STEP_NS : asked
  const matchers = logql.parseMatchers(params.get('query'), false)
  const { patterns, linesRead, linesFound } = await findPatterns(source, {
    ...boundSpan(bounds, limits(), nowMs()),
    ...{ matchers, stepNs, maxStreams: MAX_STREAMS, signal },
  })
  const toSeconds = (step: number): number => Number((BigInt(step) * stepNs) / NS_PER_S)
  const answer: PatternsJson = {
    status: 'success',
    data: patterns.map(({ pattern, level, lines }) => ({
      pattern,
      level,
      samples: [...lines]
        .sort(([a], [b]) => a - b)
        .map(([step, count]) => [toSeconds(step), Math.round(count)]),
    })),
  }
  const headers = { 'x-vedette-lines': `${linesRead}/${linesFound}` }
  return { ...jsonAnswer(answer), headers }
}
