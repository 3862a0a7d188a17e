"""tools/dev/count_tests counts every kind of suite, and calls a crash a failure."""
import subprocess
import sys
from xml.sax.saxutils import quoteattr

import ingot_test

GTEST = """<testsuites><testsuite name="Suite">
  <testcase name="good" classname="Suite" status="run" result="completed"/>
  <testcase name="bad" classname="Suite" status="run" result="completed"><failure message="no"/></testcase>
  <testcase name="away" classname="Suite" status="run" result="skipped"><skipped message="a.cpp:3&#x0A;no device&#x0A;"/></testcase>
</testsuite></testsuites>"""


def case(name, status="run", output="", message=None):
    inner = f"<skipped message={quoteattr(message)}/>" if message else "<failure/>" if status == "fail" else ""
    return f'<testcase name="{name}" status="{status}">{inner}<system-out>{output}</system-out></testcase>'


class CountTests(ingot_test.TestCase):
    def count(self, *cases, reports=None, allowed=None, extra=()):
        (self.work / "test-results").mkdir()
        (self.work / "ctest.xml").write_text(f"<testsuite>{''.join(cases)}</testsuite>")
        for name, text in (reports or {}).items():
            (self.work / "test-results" / f"{name}.xml").write_text(text)
        command = [sys.executable, ingot_test.SOURCE / "tools/dev/count_tests", f"b={self.work}"]
        if allowed is not None:
            (self.work / "allowed.txt").write_text(allowed)
            command += ["--allowed", self.work / "allowed.txt"]
        result = subprocess.run([*command, *extra], capture_output=True, text=True)
        return result.returncode, result.stdout.splitlines()

    def test_plain_tests(self):
        status, lines = self.count(case("a"), case("b"))
        self.assertEqual((status, lines), (0, ["2 passed, 0 failed, 0 skipped"]))

    def test_gtest_cases(self):
        status, lines = self.count(case("a", "fail"), reports={"a": GTEST})
        self.assertEqual((status, lines), (1, ["skipped: b: a: Suite.away: no device", "failed: b: a: Suite.bad",
                                               "1 passed, 1 failed, 1 skipped"]))

    def test_crash_after_the_report(self):
        report = '<testsuite><testcase name="good" classname="S" status="run"/></testsuite>'
        status, lines = self.count(case("a", "fail"), reports={"a": report})
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed, 0 skipped"))

    def test_seconds(self):
        (self.work / "ctest.json").write_text(
            '{"tests": [{"name": "a", "properties": [{"name": "LABELS", "value": ["unit"]}]}, {"name": "b", "properties": []}]}')
        (self.work / "log").write_text("a.cpp:1:1: warning: odd\nFAIL: a.cpp\n3 passed, 1 failed, 0 skipped\n")
        timed = case("a").replace("<testcase", '<testcase time="1.6"') + case("b").replace("<testcase", '<testcase time="7"')
        status, lines = self.count(timed, extra=["--step", "b build=12", "--closing", f"tidy={self.work / 'log'}"])
        self.assertEqual((status, lines), (1, ["failed: tidy: a.cpp", "seconds: b build 12, b other 7, b unit 2",
                                               "5 passed, 1 failed, 0 skipped"]))

    def test_crash_without_report(self):
        self.assertEqual(self.count(case("a", "fail"))[1][-1], "0 passed, 1 failed, 0 skipped")

    def test_torn_report(self):
        self.assertEqual(self.count(case("a", "fail"), reports={"a": GTEST[:150]})[1][-1], "0 passed, 1 failed, 0 skipped")

    def test_closing_line(self):
        output = "SKIP: deep: no root\n5 passed, 0 failed, 1 skipped\n"
        status, lines = self.count(case("a", output=output))
        self.assertEqual((status, lines), (0, ["skipped: b: a: deep: no root", "5 passed, 0 failed, 1 skipped"]))

    def test_failed_cases_have_names(self):
        output = "FAIL: wide\n======\nFAIL: wide\n5 passed, 1 failed, 0 skipped\n"
        status, lines = self.count(case("a", "fail", output=output))
        self.assertEqual((status, lines), (1, ["failed: b: a: wide", "5 passed, 1 failed, 0 skipped"]))

    def test_skipped_by_exit_status(self):
        lines = self.count(case("a", "notrun", "SKIP: no GPU", "SKIP_RETURN_CODE=77"), case("b"))[1]
        self.assertEqual(lines, ["skipped: b: a: no GPU", "1 passed, 0 failed, 1 skipped"])

    def test_missing_program_fails(self):
        status, lines = self.count(case("a", "notrun", "", "Unable to find executable"))
        self.assertEqual((status, lines[-1]), (1, "0 passed, 1 failed, 0 skipped"))

    def test_nothing_ran(self):
        self.assertEqual(self.count()[0], 1)

    def test_allowed_skip(self):
        output = "SKIP: deep: no root\n1 passed, 0 failed, 1 skipped\n"
        self.assertEqual(self.count(case("a", output=output), allowed="# why\n*: deep : no root\n")[0], 0)

    def test_skip_that_is_not_allowed(self):
        output = "SKIP: deep: too slow\n1 passed, 0 failed, 1 skipped\n"
        status, lines = self.count(case("a", output=output), allowed="*: deep : no root\n")
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed, 0 skipped"))


ingot_test.main()
