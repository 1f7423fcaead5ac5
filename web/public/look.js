// Before anything is painted: the look that was chosen. web/appearance.ts keeps it, and says what it means.
try {
  const look = JSON.parse(localStorage.getItem('p2p-chat-look') ?? '{}')
  const root = document.documentElement
  root.dataset.theme = look.theme
  root.dataset.density = look.density
  root.style.setProperty('--text-size', look.size / 100)
} catch {
  // Storage is forbidden here, or holds what we did not write.
}
