import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconInfoCircle,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { TargetsJson } from '../../../../src/contract/prometheus.ts'
import type { UserJson } from '../../../../src/contract/access.ts'
import type { UiStatusJson } from '../../../../src/contract/ui.ts'
import { useUsers } from '../../api/accounts.ts'
import { useProgramStatus, useTargets } from '../../api/use-status.ts'
import { formatValue } from '../../format/format-value.ts'
import { Card } from '../../shell/page.tsx'
import { useSession } from '../../shell/session-context.tsx'
import { TextLink } from '../../shell/text-link.tsx'
import styles from './home-page.module.css'

type Tone = 'good' | 'warn' | 'bad' | 'note'

interface Step {
  readonly id: string
  readonly tone: Tone
  readonly title: string
  readonly text: ReactNode
}

const ICONS = {
  good: IconCircleCheck,
  warn: IconAlertTriangle,
  bad: IconCircleX,
  note: IconInfoCircle,
} as const

/** What is wrong, what is missing, and where other things are. */
export function NextSteps() {
  const status = useProgramStatus()
  const targets = useTargets()
  const { session } = useSession()
  const users = useUsers(session.isAuthenticated && session.role === 'admin')
  const steps = [
    ...stepsOfTargets(targets.data),
    ...stepsOfStatus(status.data),
    ...stepsOfUsers(users.data),
  ]
  const order: readonly Tone[] = ['bad', 'warn', 'note', 'good']
  steps.sort((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone))
  return (
    <aside className={styles['side']} aria-label="What to do next">
      <Card title="What to do next">
        <ul className={styles['steps']}>
          {steps.map(({ id, tone, title, text }) => {
            const Icon = ICONS[tone]
            return (
              <li key={id}>
                <Icon size={18} className={styles[tone]} aria-hidden />
                <div>
                  <strong>{title}</strong>
                  <p>{text}</p>
                </div>
              </li>
            )
          })}
        </ul>
      </Card>
      <Card title="Go to">
        <ul className={styles['links']}>
          <li>
            <TextLink to="/explore" search={{ q: 'up' }}>
              What is up
            </TextLink>
          </li>
          <li>
            <TextLink
              to="/explore"
              search={{ q: 'topk(10, count by (__name__) ({__name__!=""}))' }}
            >
              The largest metrics
            </TextLink>
          </li>
          <li>
            <TextLink to="/status/health">How Vedette itself is</TextLink>
          </li>
          <li>
            <TextLink to="/help">Keyboard shortcuts</TextLink>
          </li>
        </ul>
      </Card>
    </aside>
  )
}

function stepsOfTargets(targets: TargetsJson | undefined): Step[] {
  if (!targets) return []
  const { activeTargets } = targets
  const down = activeTargets.filter(({ health }) => health === 'down')
  const steps: Step[] = []
  if (down.length > 0) {
    steps.push({
      id: 'down',
      tone: 'bad',
      title: `${down.length} of ${activeTargets.length} targets cannot be scraped`,
      text: <TextLink to="/status/targets">See why</TextLink>,
    })
  } else if (activeTargets.length > 0) {
    steps.push({
      id: 'up',
      tone: 'good',
      title:
        activeTargets.length === 1
          ? 'The target answers'
          : `All ${activeTargets.length} targets answer`,
      text: <TextLink to="/status/targets">Targets</TextLink>,
    })
  }
  const others = activeTargets.filter(
    ({ scrapeUrl }) => !/^https?:\/\/(?:localhost|127\.)/.test(scrapeUrl),
  )
  if (others.length === 0) {
    steps.push({
      id: 'targets',
      tone: 'note',
      title: 'Only this host is watched',
      text: (
        <>
          Give <code>--config</code> a prometheus.yml, or a folder with one. Agents push to port
          9090.
        </>
      ),
    })
  }
  return steps
}

/** Who is alone has the password of the first start, which nobody is shown again. */
function stepsOfUsers(users: readonly UserJson[] | undefined): Step[] {
  const [only, ...others] = users ?? []
  if (only === undefined || others.length > 0) return []
  const text = (
    <>
      A generated password was printed once, at the first start;{' '}
      <code>vedette user passwd {only.login}</code> sets another.{' '}
      <TextLink to="/status/users">Add users and tokens</TextLink>
    </>
  )
  return [{ id: 'users', tone: 'note', title: `${only.login} is the only user`, text }]
}

const LEAST_FREE = 0.1

function stepsOfStatus(status: UiStatusJson | undefined): Step[] {
  if (!status) return []
  const { ready, config, storage } = status
  const steps: Step[] = []
  const add = (id: string, tone: Tone, title: string, text: ReactNode): void => {
    steps.push({ id, tone, title, text })
  }
  if (!ready.ok) add('ready', 'bad', 'Not everything is up', ready.reason)
  if (config.warnings.length > 0) {
    const title = `The configuration has ${config.warnings.length} ${config.warnings.length === 1 ? 'warning' : 'warnings'}`
    add('config', 'warn', title, <TextLink to="/status/configuration">Read them</TextLink>)
  }
  steps.push(...stepsOfAlerting(status), ...stepsOfAccess(status))
  const { disk } = storage
  if (disk !== null && disk.freeBytes < LEAST_FREE * disk.totalBytes) {
    const free = formatValue(disk.freeBytes, 'bytes')
    add('disk', 'warn', 'The disk is filling up', `${free} are left where ${storage.place} is.`)
  }
  return steps
}

const MOST_NAMES = 3

/** Who hears of an alert. */
function stepsOfAlerting({ alerting, config }: UiStatusJson): Step[] {
  const { receivers, isShadow } = alerting
  const text = <TextLink to="/alerts/receivers">Receivers</TextLink>
  if (isShadow) {
    const title = 'Shadow mode: alerts are recorded, nobody is told'
    return [{ id: 'receivers', tone: 'warn', title, text }]
  }
  if (receivers.length === 0 && config.alertmanagers > 0) {
    const title = 'Alerts go to the Alertmanagers of prometheus.yml'
    return [{ id: 'receivers', tone: 'good', title, text }]
  }
  if (receivers.length === 0) {
    return [
      {
        id: 'receivers',
        tone: 'note',
        title: 'Alerts are only shown here and on the console',
        text: (
          <>
            Name receivers in an <code>alertmanager.yml</code>; then{' '}
            <TextLink to="/alerts/receivers">send a test</TextLink>.
          </>
        ),
      },
    ]
  }
  const names = receivers.slice(0, MOST_NAMES).join(', ')
  const others = receivers.length - MOST_NAMES
  const title = `Alerts go to ${names}${others > 0 ? ` and ${others} more` : ''}`
  return [{ id: 'receivers', tone: 'good', title, text }]
}

/** Who comes in without a password. */
function stepsOfAccess({ access }: UiStatusJson): Step[] {
  const steps: Step[] = []
  if (access.isAnonymous) {
    const text = (
      <>
        <code>access.anonymous</code> lets who reaches this page read it.
      </>
    )
    steps.push({ id: 'anonymous', tone: 'warn', title: 'Everything is shown to everybody', text })
  }
  if (access.writers.length > 0) {
    const text = (
      <>
        {access.writers.join(', ')} (<code>access.trusted</code>).
      </>
    )
    steps.push({ id: 'writers', tone: 'note', title: 'Networks that write without a token', text })
  }
  return steps
}
