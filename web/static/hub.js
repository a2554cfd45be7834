// A link that copies the book into a student's JupyterHub, in the form nbgitpuller documents.
"use strict";

const MODEL = "chapters/model.ipynb";

function pullLink(hub, repository, branch) {
  const [base, repo] = [hub, repository].map((address) => address.href.replace(/\/+$/, ""));
  // nbgitpuller names the folder by what follows the last slash, ".git" included.
  const query = { repo, branch, urlpath: `lab/tree/${repo.split("/").at(-1)}/${MODEL}` };
  const encoded = Object.entries(query).map(([key, text]) => `${key}=${encodeURIComponent(text)}`);
  return `${base}/hub/user-redirect/git-pull?${encoded.join("&")}`;
}

document.querySelectorAll("form.hub-link").forEach((form) => {
  const answer = form.querySelector("[role=status]");

  // What is wrong with an address, or nothing.
  function complaint(input, needsPath) {
    if (!URL.canParse(input.value)) return "allowed is a whole address, https:// included.";
    const address = new URL(input.value);
    if (!/^https?:$/.test(address.protocol)) return "allowed are http:// and https://.";
    if (address.search || address.hash) return "allowed is an address without ? and #.";
    if (needsPath && address.pathname === "/") return "the repository's name is missing.";
    return "";
  }

  function settle() {
    const { hub, repository, branch } = form.elements;
    const wrong = [
      [hub, hub.value && complaint(hub, false)],
      [repository, repository.value && complaint(repository, true)],
    ].find(([, reason]) => reason);
    for (const input of [hub, repository]) {
      input.setAttribute("aria-invalid", wrong?.[0] === input);
    }
    if (wrong) {
      answer.textContent = `${wrong[0].labels[0].textContent.trim()}: ${wrong[1]}`;
    } else if (!hub.value || !repository.value || !branch.value.trim()) {
      answer.textContent = "Fill in both addresses and the branch.";
    } else {
      const link = document.createElement("a");
      link.href = pullLink(new URL(hub.value), new URL(repository.value), branch.value.trim());
      link.textContent = link.href;
      answer.replaceChildren("The link: ", link);
    }
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", settle);
  form.hidden = false;
  settle();
});
