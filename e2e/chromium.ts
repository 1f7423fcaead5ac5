/** Ours replaces Playwright's own list (`chromiumSwitches` in playwright-core), so that is repeated here. */
const PLAYWRIGHTS = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'TcpPortRandomizationWin',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
]

/**
 * Renderers of the browser's own for each window, that no test sees: the pages under the address bar, and
 * one kept for a page to come. They took a quarter of all CPU time of the browser tests.
 */
const UNSEEN = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'SpareRendererForSitePerProcess']

/** For each Chromium that is started here; the rest of what a test machine needs is among Playwright's own. */
export const CHROMIUM_ARGS: readonly string[] = [
  '--disable-gpu',
  `--disable-features=${[...PLAYWRIGHTS, ...UNSEEN].join(',')}`,
]
