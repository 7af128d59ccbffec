import { useMantineColorScheme } from '@mantine/core'
import { createSpotlight, Spotlight, type SpotlightActionData } from '@mantine/spotlight'
import '@mantine/spotlight/styles.css'
import {
  IconBell,
  IconChartLine,
  IconCompass,
  IconLayoutDashboard,
  IconMoon,
  IconSearch,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { labelValues } from '../api/prometheus.ts'
import { useDashboards } from '../pages/dashboards/dashboard-api.ts'
import { keepTime, type Search } from './keep-time.ts'
import { ALERT_TABS, ROOMS, STATUS_TABS } from './rooms.ts'
import { useSession } from './session-context.tsx'
import styles from './shell.module.css'

const [store, palette] = createSpotlight()

export const openPalette = (): void => palette.open()

const MOST_METRICS = 6
const MOST_DASHBOARDS = 6

/** Ctrl-K: every page, dashboards and metrics by name, and what acts on the whole. */
export function CommandPalette() {
  const [query, setQuery] = useState('')
  const pages = usePages()
  const dashboards = useFoundDashboards(query)
  const metrics = useMetrics(query)
  return (
    <Spotlight
      store={store}
      query={query}
      onQueryChange={setQuery}
      actions={[...pages, ...dashboards, ...metrics]}
      limit={18}
      shortcut={['mod + K']}
      attributes={{ content: { 'aria-label': 'Search' } }}
      classNames={{ actionDescription: styles['paletteText'] ?? '' }}
      scrollable
      maxHeight="60vh"
      nothingFound="Nothing of that name"
      searchProps={{
        leftSection: <IconSearch size={17} />,
        placeholder: 'A page, a dashboard, a metric, something to do',
        'aria-label': 'Search',
      }}
    />
  )
}

function usePages(): readonly SpotlightActionData[] {
  const navigate = useNavigate()
  const { session } = useSession()
  const { toggleColorScheme } = useMantineColorScheme()
  const go = (path: string) => () => void navigate({ to: path, search: keepTime })
  const rooms = ROOMS.map(({ path, name, description, icon: Icon }) => ({
    id: path,
    label: name,
    description,
    leftSection: <Icon size={18} stroke={1.7} />,
    onClick: go(path),
  }))
  const tabs = STATUS_TABS.filter(
    (tab) => tab.isForAdmins !== true || session.role === 'admin',
  ).map(({ path, name, description }) => ({
    id: path,
    label: `Status: ${name}`,
    description,
    leftSection: <IconCompass size={18} stroke={1.7} />,
    onClick: go(path),
  }))
  // The first of them is the room itself.
  const alerts = ALERT_TABS.slice(1).map(({ path, name, description }) => ({
    id: path,
    label: `Alerts: ${name}`,
    description,
    leftSection: <IconBell size={18} stroke={1.7} />,
    onClick: go(path),
  }))
  const scheme = {
    id: 'scheme',
    label: 'Switch between light and dark',
    leftSection: <IconMoon size={18} stroke={1.7} />,
    onClick: () => toggleColorScheme(),
  }
  return [...rooms, ...alerts, ...tabs, scheme]
}

function useFoundDashboards(query: string): readonly SpotlightActionData[] {
  const navigate = useNavigate()
  const wanted = query.trim().toLowerCase()
  const { data } = useDashboards(wanted.length >= 2)
  if (wanted.length < 2 || !data) return []
  return data
    .filter(({ title, tags }) => [title, ...tags].join('\n').toLowerCase().includes(wanted))
    .slice(0, MOST_DASHBOARDS)
    .map(({ uid, title, tags, folderTitle }) => ({
      id: `dashboard ${uid}`,
      label: title,
      description: folderTitle === undefined ? 'Dashboard' : `Dashboard in ${folderTitle}`,
      keywords: [...tags],
      leftSection: <IconLayoutDashboard size={18} stroke={1.7} />,
      onClick: () => void navigate({ to: `/d/${encodeURIComponent(uid)}`, search: keepTime }),
    }))
}

function useMetrics(query: string): readonly SpotlightActionData[] {
  const navigate = useNavigate()
  const wanted = query.trim().toLowerCase()
  const { data } = useQuery({
    queryKey: ['metric-names'],
    queryFn: ({ signal }) => labelValues('__name__', { signal }),
    enabled: wanted.length >= 2,
    staleTime: 60_000,
  })
  if (wanted.length < 2 || !data) return []
  return data
    .filter((name) => name.toLowerCase().includes(wanted))
    .slice(0, MOST_METRICS)
    .map((name) => ({
      id: `metric ${name}`,
      label: name,
      description: 'Explore this metric',
      leftSection: <IconChartLine size={18} stroke={1.7} />,
      onClick: () =>
        void navigate({
          to: '/explore',
          search: (search: Search) => ({
            ...keepTime(search),
            q: name,
          }),
        }),
    }))
}
