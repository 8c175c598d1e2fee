// Keeps a button from being pressed again while its work is done, and whoever pressed it where they were.
export async function busy(button, work) {
  const held = document.activeElement === button;
  button.disabled = true; // takes the focus away
  try {
    await work();
  } finally {
    button.disabled = false;
    if (held && document.activeElement === document.body) button.focus();
  }
}
