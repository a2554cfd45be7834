/* Settings of this site; MathJax follows, as it is. Its menu would load files that the site does
   not serve, and remember to load them on every page. */
(() => {
  const given = window.MathJax ?? {};
  window.MathJax = {
    ...given,
    options: { ...given.options, enableMenu: false },
    startup: {
      ...given.startup,
      ready() {
        MathJax._.ui.menu.Menu.Menu.prototype.mergeUserSettings = () => {};
        MathJax.startup.defaultReady();
      },
    },
  };
})();
