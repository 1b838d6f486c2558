// Keys that a player hears wherever the focus is: on a projector nobody clicks into it first.

function pageKeys(player) {
  const heard = (event) => {
    const at = event.composedPath()[0], { presenting } = player.data ?? player.run ?? {};
    if (!presenting || event.defaultPrevented || at.matches?.("input, textarea, select, [contenteditable]")) return;
    if (event.key === " " && at.matches?.("button, a")) return;
    player.key(event);
  };
  document.addEventListener("keydown", heard);
  return () => document.removeEventListener("keydown", heard);
}
