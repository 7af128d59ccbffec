import {
  IconActivityHeartbeat,
  IconBell,
  IconCompass,
  IconFileText,
  IconHelp,
  IconHome,
  IconLayoutDashboard,
  IconRoute,
  IconTopologyStar3,
} from '@tabler/icons-react'

/** A room of the house: an entry of the navigation, of the command palette, and a `g` shortcut. */
export interface Room {
  readonly path: string
  readonly name: string
  readonly description: string
  readonly icon: typeof IconHome
  /** Pressed after `g`. */
  readonly key: string
}

export const ROOMS: readonly Room[] = [
  {
    path: '/',
    name: 'Home',
    description: 'This host, and what to do next',
    icon: IconHome,
    key: 'h',
  },
  {
    path: '/dashboards',
    name: 'Dashboards',
    description: 'Saved and provisioned dashboards',
    icon: IconLayoutDashboard,
    key: 'd',
  },
  {
    path: '/explore',
    name: 'Explore',
    description: 'Ask for metrics with PromQL, for logs with LogQL, for traces with TraceQL',
    icon: IconCompass,
    key: 'e',
  },
  {
    path: '/alerts',
    name: 'Alerts',
    description: 'Rules, alerts, silences',
    icon: IconBell,
    key: 'a',
  },
  {
    path: '/logs',
    name: 'Logs',
    description: 'Log lines of every stream',
    icon: IconFileText,
    key: 'l',
  },
  {
    path: '/traces',
    name: 'Traces',
    description: 'Requests across services',
    icon: IconRoute,
    key: 't',
  },
  {
    path: '/services',
    name: 'Services',
    description: 'Who calls whom, how often, how fast, and what fails',
    icon: IconTopologyStar3,
    key: 'm',
  },
  {
    path: '/status',
    name: 'Status',
    description: 'Targets, cardinality, storage, configuration, own health',
    icon: IconActivityHeartbeat,
    key: 's',
  },
  {
    path: '/help',
    name: 'Help',
    description: 'Keyboard shortcuts and links',
    icon: IconHelp,
    key: '?',
  },
]

export interface StatusTab {
  readonly path: string
  readonly name: string
  readonly description: string
  /** Only admins see it. */
  readonly isForAdmins?: boolean
}

export const ALERT_TABS: readonly StatusTab[] = [
  { path: '/alerts', name: 'Alerts', description: 'What fires now' },
  { path: '/alerts/rules', name: 'Rules', description: 'What is evaluated, and how that goes' },
  { path: '/alerts/silences', name: 'Silences', description: 'What is kept quiet' },
  { path: '/alerts/groups', name: 'Groups', description: 'What is told together' },
  { path: '/alerts/receivers', name: 'Receivers', description: 'Who is told; send a test' },
  { path: '/alerts/routes', name: 'Routing', description: 'Where an alert goes' },
]

export const STATUS_TABS: readonly StatusTab[] = [
  { path: '/status/targets', name: 'Targets', description: 'What is scraped, and how it went' },
  {
    path: '/status/cardinality',
    name: 'Cardinality',
    description: 'Which metrics and labels make the most series',
  },
  { path: '/status/storage', name: 'Storage', description: 'Retention, disk, memory of the store' },
  {
    path: '/status/configuration',
    name: 'Configuration',
    description: 'What is in force, with its warnings',
  },
  { path: '/status/queries', name: 'Slow queries', description: 'What took long, and who asked' },
  { path: '/status/health', name: 'Own health', description: 'Vedette’s own metrics' },
  {
    path: '/status/users',
    name: 'Users and tokens',
    description: 'Who may come in',
    isForAdmins: true,
  },
  { path: '/status/audit', name: 'Audit', description: 'Who did what', isForAdmins: true },
]
