import type { Alertmanager } from '../../alert/alertmanager.ts'
import { stateOf, type SilenceState } from '../../alert/silence/silence.ts'
import type { GettableSilenceJson } from '../../contract/alertmanager.ts'
import type { MatchOp, Matcher } from '../../model/matcher.ts'
import { Problem } from '../../model/problem.ts'
import type { StoredMatcher, StoredSilence } from '../../store/metadata/silences.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Params } from '../params.ts'
import type { Answer } from '../send.ts'
import { matcherJson, timeText } from './alert-json.ts'
import type { AlertmanagerDoors } from './doors.ts'
import { isWanted, readMatchers } from './filters.ts'
import { BodyFault, BodyPart, jsonAnswer } from './read-body.ts'
import { withAlertmanager } from './respond.ts'

export function silenceRoutes(doors: AlertmanagerDoors): Route[] {
  const one = '/api/v2/silence/:id'
  return [
    {
      methods: ['GET'],
      path: '/api/v2/silences',
      permission: 'read',
      handle: withAlertmanager(doors, (manager, { params }) =>
        listSilences(manager, params, doors.nowMs()),
      ),
    },
    {
      methods: ['POST'],
      path: '/api/v2/silences',
      permission: 'write',
      handle: withAlertmanager(doors, (manager, exchange) =>
        postSilence(manager, exchange, doors.nowMs()),
      ),
    },
    {
      methods: ['GET'],
      path: one,
      permission: 'read',
      handle: withAlertmanager(doors, (manager, exchange) => {
        const silence = manager.silences.get(readId(exchange))
        return silence === undefined ? NOT_FOUND : jsonAnswer(silenceJson(silence, doors.nowMs()))
      }),
    },
    {
      methods: ['DELETE'],
      path: one,
      permission: 'write',
      handle: withAlertmanager(doors, async (manager, exchange) => {
        const id = readId(exchange)
        if (manager.silences.get(id) === undefined) return NOT_FOUND
        await manager.silences.expire(id)
        exchange.audit('silence.expire', id)
        return { status: 200, headers: { 'cache-control': 'no-store' } }
      }),
    },
  ]
}

const NOT_FOUND: Answer = { status: 404, headers: { 'cache-control': 'no-store' } }
const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i

function readId(exchange: Exchange): string {
  const id = exchange.pathParam('id')
  if (UUID.test(id)) return id.toLowerCase()
  throw new BodyFault(422, 601, `silenceID in path must be of type uuid: ${JSON.stringify(id)}`)
}

function listSilences(manager: Alertmanager, params: Params, nowMs: number): Answer {
  const filter = readMatchers(params, 'filter')
  const states = new Set(
    (['active', 'pending', 'expired'] as const).filter((state) => isWanted(params, state)),
  )
  const shown = manager.silences
    .all()
    .filter((silence) => states.has(stateOf(silence, nowMs)))
    .filter(({ matchers }) => filter.every((each) => matchers.some((own) => isSame(own, each))))
    .sort((a, b) => compareSilences(a, b, nowMs))
  return jsonAnswer(shown.map((silence) => silenceJson(silence, nowMs)))
}

/** A filter names a matcher of the silence itself (api/v2/api.go, CheckSilenceMatchesFilterLabels). */
function isSame(own: StoredMatcher, wanted: Matcher): boolean {
  return own.name === wanted.name && own.op === wanted.op && own.value === wanted.value
}

const ORDER: Readonly<Record<SilenceState, number>> = { active: 1, pending: 2, expired: 3 }

/** Active ones by their end, pending ones by their start, expired ones by their end, latest first. */
function compareSilences(a: StoredSilence, b: StoredSilence, nowMs: number): number {
  const [mine, other] = [stateOf(a, nowMs), stateOf(b, nowMs)]
  if (mine !== other) return ORDER[mine] - ORDER[other]
  if (mine === 'pending') return a.startsAtMs - b.startsAtMs
  return mine === 'active' ? a.endsAtMs - b.endsAtMs : b.endsAtMs - a.endsAtMs
}

function silenceJson(silence: StoredSilence, nowMs: number): GettableSilenceJson {
  return {
    id: silence.id,
    status: { state: stateOf(silence, nowMs) },
    updatedAt: timeText(silence.updatedAtMs),
    annotations: silence.annotations,
    comment: silence.comment,
    createdBy: silence.createdBy,
    endsAt: timeText(silence.endsAtMs),
    matchers: silence.matchers.map(matcherJson),
    startsAt: timeText(silence.startsAtMs),
  }
}

async function postSilence(
  manager: Alertmanager,
  exchange: Exchange,
  nowMs: number,
): Promise<Answer> {
  const part = BodyPart.parse(exchange.body, 'silence')
  const wanted = {
    id: part.key('id')?.text() ?? '',
    matchers: part.need('matchers').list().map(readMatcher),
    startsAtMs: part.need('startsAt').timeMs() ?? nowMs,
    endsAtMs: part.need('endsAt').timeMs() ?? 0,
    createdBy: part.need('createdBy').text(),
    comment: part.need('comment').text(),
    annotations: part.key('annotations')?.texts() ?? {},
  }
  const refuse = (why: string): Problem =>
    new Problem('bad_data', `Failed to create silence: ${why}`)
  if (wanted.startsAtMs >= wanted.endsAtMs) throw refuse('start time must be before end time')
  if (wanted.endsAtMs < nowMs) throw refuse("end time can't be in the past")
  const silenceID = await manager.silences.set(wanted)
  exchange.audit('silence.set', silenceID, { details: wanted.comment })
  return jsonAnswer({ silenceID })
}

function readMatcher(part: BodyPart): StoredMatcher {
  const isEqual = part.key('isEqual')?.flag() ?? true
  const isRegex = part.key('isRegex')?.flag() ?? false
  const op: MatchOp = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!='
  return { name: part.need('name').text(), op, value: part.need('value').text() }
}
