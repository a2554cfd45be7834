// An explorer's sliders, answered by Python: see pesim_lib/display/sliders.py.
import { element } from "./elements.js";

export class Sliders {
  constructor({ controls, picture }, draw) {
    this.draw = draw;
    this.waits = this.asked = false;
    this.inputs = controls.map(({ name, values, start }) => {
      const output = element("output", { ariaHidden: "true" });
      const input = element("input", {
        type: "range", name, min: 0, max: values.length - 1, step: 1, value: values.indexOf(start),
      });
      const settle = () => {
        output.textContent = values[input.value];
        input.setAttribute("aria-valuetext", `${name} = ${values[input.value]}`);
      };
      settle();
      input.addEventListener("input", () => {
        settle();
        this.ask();
      });
      return { name, input, output, value: () => values[input.value] };
    });
    const labels = this.inputs.map(({ name, input, output }) =>
      element("label", {}, element("span", {}, name), input, output));
    this.picture = element("div", { innerHTML: picture });
    this.place = element("div", { className: "explore output text_html" },
      element("div", { className: "explore-controls" }, ...labels), this.picture);
  }

  // One drawing at a time: while Python draws, only the newest values wait.
  ask() {
    if (this.asked) {
      this.waits = true;
      return;
    }
    this.asked = true;
    this.waits = false;
    this.draw(Object.fromEntries(this.inputs.map(({ name, value }) => [name, value()])));
  }

  show({ picture, wrong }) {
    const reading = this.picture.querySelector(".reading");
    if (picture) {
      const drawn = element("div", { innerHTML: picture });
      this.picture.querySelector(".picture").replaceWith(drawn.querySelector(".picture"));
      reading.textContent = drawn.querySelector(".reading").textContent;
    } else {
      reading.textContent = wrong;
    }
    this.asked = false;
    if (this.waits) this.ask();
  }
}
