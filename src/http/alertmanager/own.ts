import type { Alertmanager } from '../../alert/alertmanager.ts'
import type { AcknowledgementJson } from '../../contract/alertmanager.ts'
import { explainAlerts, type ExplainParts } from '../../alert/why/explain.ts'
import type { Acknowledgement } from '../../store/metadata/acknowledgements.ts'
import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import { readTime } from '../prometheus/decode-params.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
import { timeText } from './alert-json.ts'
import type { AlertmanagerDoors } from './doors.ts'
import { readMatchers } from './filters.ts'
import { BodyPart, jsonAnswer } from './read-body.ts'
import { describeReceivers } from './receiver-states.ts'
import { withAlertmanager } from './respond.ts'
import { describeRoutes } from './route-tree.ts'

const DAY_MS = 86_400_000
const TEST_TIMEOUT_MS = 30_000

/** What the original has not: why somebody was told or not, acknowledgements, where alerts go, a test of the whole path. */
export function ownRoutes(doors: AlertmanagerDoors): Route[] {
  return [
    {
      methods: ['GET'],
      path: '/api/vedette/alerts/why',
      permission: 'read',
      handle: withAlertmanager(doors, (alertmanager, exchange) =>
        explain({ ...doors.explain, alertmanager, nowMs: doors.nowMs }, exchange),
      ),
    },
    {
      methods: ['GET'],
      path: '/api/vedette/routes',
      permission: 'read',
      handle: withAlertmanager(doors, (alertmanager, { params }) =>
        jsonAnswer(describeRoutes(alertmanager, params)),
      ),
    },
    {
      methods: ['GET'],
      path: '/api/vedette/receivers',
      permission: 'read',
      handle: withAlertmanager(doors, async (alertmanager) =>
        jsonAnswer(await describeReceivers(alertmanager, doors.nowMs())),
      ),
    },
    {
      methods: ['POST'],
      path: '/api/vedette/test-alert',
      permission: 'write',
      handle: withAlertmanager(doors, (alertmanager, exchange) =>
        testAlert(alertmanager, exchange, doors.nowMs()),
      ),
    },
    ...acknowledgementRoutes(doors),
  ]
}

function acknowledgementRoutes(doors: AlertmanagerDoors): Route[] {
  return [
    {
      methods: ['GET'],
      path: '/api/vedette/acknowledgements',
      permission: 'read',
      handle: withAlertmanager(doors, ({ acknowledgements }) =>
        jsonAnswer(acknowledgements.all().map(acknowledgementJson)),
      ),
    },
    {
      methods: ['POST'],
      path: '/api/vedette/acknowledgements',
      permission: 'write',
      handle: withAlertmanager(doors, async (alertmanager, exchange) => {
        const part = BodyPart.parse(exchange.body, 'acknowledgement')
        const alert = alertmanager.alert(part.need('fingerprint').text())
        if (alert === undefined) throw new Problem('not_found', 'no such alert fires')
        const added = await alertmanager.acknowledgements.add(alert, {
          createdBy: part.need('createdBy').text(),
          assignee: part.key('assignee')?.text() ?? '',
          comment: part.key('comment')?.text() ?? '',
        })
        exchange.audit('alert.acknowledge', alert.labels.get('alertname') ?? '')
        return jsonAnswer(acknowledgementJson(added))
      }),
    },
    {
      methods: ['DELETE'],
      path: '/api/vedette/acknowledgements/:fingerprint',
      permission: 'write',
      handle: withAlertmanager(doors, async ({ acknowledgements }, exchange) => {
        const fingerprint = exchange.pathParam('fingerprint')
        await acknowledgements.remove(fingerprint)
        exchange.audit('acknowledgement.remove', fingerprint)
        return { status: 200 }
      }),
    },
  ]
}

async function testAlert(
  alertmanager: Alertmanager,
  { body, signal }: Exchange,
  nowMs: number,
): Promise<Answer> {
  const part = BodyPart.parse(body, 'alert')
  const outcome = await alertmanager.test(
    {
      labels: Labels.from(part.need('labels').texts()),
      annotations: Labels.from(part.key('annotations')?.texts() ?? {}),
      startsAtMs: nowMs,
      endsAtMs: nowMs + DAY_MS,
      generatorUrl: '',
    },
    part.key('receiver')?.text(),
    AbortSignal.any([signal, AbortSignal.timeout(TEST_TIMEOUT_MS)]),
  )
  return jsonAnswer(outcome)
}

async function explain(parts: ExplainParts, { params, signal }: Exchange): Promise<Answer> {
  const matchers = readMatchers(params, 'filter')
  const fingerprint = params.get('fingerprint') === '' ? undefined : params.get('fingerprint')
  if (matchers.length === 0 && fingerprint === undefined) {
    const reason = 'filter must be given: a matcher such as alertname="DiskFull", or a fingerprint'
    throw new Problem('bad_data', reason)
  }
  const toMs = readTime(params, 'to', parts.nowMs())
  const fromMs = readTime(params, 'from', toMs - DAY_MS)
  if (fromMs >= toMs) throw new Problem('bad_data', 'from must be before to')
  return jsonAnswer(await explainAlerts(parts, { matchers, fingerprint, fromMs, toMs, signal }))
}

function acknowledgementJson(each: Acknowledgement): AcknowledgementJson {
  const { fingerprint, labels, createdBy, assignee, comment, createdMs } = each
  return { fingerprint, labels, createdBy, assignee, comment, createdAt: timeText(createdMs) }
}
