"use strict";
(() => {
  const said = "Copied.";
  const refused = "Your browser did not allow it. It is selected: press Ctrl+C (⌘C on a Mac).";

  function select(node) {
    const range = document.createRange();
    range.selectNodeContents(node);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }

  // For pages without https and for old browsers: the event of copying takes every flavour.
  function copyByEvent(flavours, node) {
    let isTaken = false;
    const give = (event) => {
      for (const [type, content] of Object.entries(flavours)) {
        event.clipboardData.setData(type, content);
      }
      event.preventDefault();
      isTaken = true;
    };
    select(node);
    document.addEventListener("copy", give);
    try {
      return document.execCommand("copy") && isTaken;
    } catch {
      return false;
    } finally {
      document.removeEventListener("copy", give);
    }
  }

  async function copy(flavours, node) {
    try {
      const parts = Object.entries(flavours).map(([type, content]) => [
        type,
        new Blob([content], { type }),
      ]);
      await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(parts))]);
      return true;
    } catch {
      return copyByEvent(flavours, node);
    }
  }

  function offer(name, node, flavours) {
    const button = document.getElementById(`copy-${name}`);
    const answer = document.getElementById(`said-${name}`);
    button.hidden = false;
    button.addEventListener("click", async () => {
      answer.textContent = "";
      const isCopied = await copy(flavours(), node);
      if (isCopied) {
        getSelection().removeAllRanges();
      }
      answer.textContent = isCopied ? said : refused;
    });
  }

  const title = document.getElementById("title");
  const rich = document.getElementById("rich");
  const plain = document.getElementById("plain");
  offer("title", title, () => ({ "text/plain": title.textContent }));
  if (rich) {
    offer("rich", rich, () => ({ "text/html": rich.innerHTML, "text/plain": plain.value }));
  }
})();
