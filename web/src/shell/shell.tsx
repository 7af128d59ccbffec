import { ActionIcon, AppShell, Tooltip } from '@mantine/core'
import { useDisclosure, useLocalStorage } from '@mantine/hooks'
import { IconMenu2, IconSearch } from '@tabler/icons-react'
import { Outlet, useRouterState } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { withBase } from '../api/base-path.ts'
import { CommandPalette, openPalette } from './command-palette.tsx'
import { Navigation } from './navigation.tsx'
import { SchemeMenu } from './scheme-menu.tsx'
import styles from './shell.module.css'
import { useShortcuts } from './shortcuts.ts'
import { UserMenu } from './user-menu.tsx'

const HEADER_PX = 46

/** Navigation, header and the room in which the pages are. */
export function Shell({ children }: { readonly children?: ReactNode }) {
  const content = children ?? <Outlet />
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const [isNarrow, setNarrow] = useLocalStorage({
    key: 'vedette.navigation.narrow',
    defaultValue: false,
    getInitialValueInEffect: false,
  })
  const isKiosk = useRouterState({
    select: (state) => Object.hasOwn(state.location.search, 'kiosk'),
  })
  useShortcuts()
  if (isKiosk) return content
  return (
    <AppShell
      header={{ height: HEADER_PX }}
      navbar={{ width: isNarrow ? 52 : 196, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={0}
      transitionDuration={0}
      classNames={{
        root: styles['root'] ?? '',
        header: styles['header'] ?? '',
        navbar: styles['navbar'] ?? '',
        main: styles['main'] ?? '',
      }}
    >
      <AppShell.Header>
        <Header isOpen={isOpen} onToggle={toggle} />
      </AppShell.Header>
      <AppShell.Navbar component="nav" aria-label="Main" data-open={isOpen || undefined}>
        <Navigation
          isNarrow={isNarrow && !isOpen}
          onNarrow={() => setNarrow(!isNarrow)}
          onChoose={close}
        />
      </AppShell.Navbar>
      {/* Each page has a main of its own. */}
      <AppShell.Main component="div">{content}</AppShell.Main>
      <CommandPalette />
    </AppShell>
  )
}

interface HeaderProps {
  /** Whether a phone shows the navigation. */
  readonly isOpen: boolean
  readonly onToggle: () => void
}

function Header({ isOpen, onToggle }: HeaderProps) {
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to the page
      </a>
      <ActionIcon
        variant="subtle"
        color="gray"
        hiddenFrom="sm"
        aria-label={isOpen ? 'Close navigation' : 'Open navigation'}
        aria-expanded={isOpen}
        onClick={onToggle}
      >
        <IconMenu2 size={18} />
      </ActionIcon>
      <span className={styles['brand']}>
        <img src={withBase('/favicon.svg')} alt="" width={22} height={22} />
        <span className={styles['brandName']}>Vedette</span>
      </span>
      <SearchButton />
      <SchemeMenu />
      <UserMenu />
    </>
  )
}

function SearchButton() {
  return (
    <>
      <button type="button" className={styles['search']} onClick={openPalette}>
        <IconSearch size={15} aria-hidden />
        <span>Search or jump to…</span>
        <kbd>Ctrl K</kbd>
      </button>
      <Tooltip label="Search (Ctrl K)">
        <ActionIcon
          variant="subtle"
          color="gray"
          hiddenFrom="sm"
          ml="auto"
          aria-label="Search"
          onClick={openPalette}
        >
          <IconSearch size={18} />
        </ActionIcon>
      </Tooltip>
    </>
  )
}
