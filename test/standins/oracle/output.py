"""What SQL*Plus prints, by its SET options."""

import sys

ON_OFF = ["ECHO", "HEADING", "VERIFY", "DEFINE", "SCAN", "SQLBLANKLINES", "TRIMOUT", "TRIMSPOOL", "TAB", "WRAP", "TERMOUT", "AUTOCOMMIT", "TIMING", "TIME", "SERVEROUTPUT", "EXITCOMMIT"]
NUMBERS = ["PAGESIZE", "LINESIZE", "LONG", "LONGCHUNKSIZE", "NUMWIDTH", "ARRAYSIZE", "NEWPAGE"]
SHORT = {"FEED": "FEEDBACK", "HEA": "HEADING", "PAGES": "PAGESIZE", "LINES": "LINESIZE", "LIN": "LINESIZE", "VER": "VERIFY", "DEF": "DEFINE", "SQLBL": "SQLBLANKLINES",
         "TRIMS": "TRIMSPOOL", "TRIM": "TRIMOUT", "TERM": "TERMOUT", "AUTO": "AUTOCOMMIT", "TIMI": "TIMING", "TI": "TIME", "SERVEROUT": "SERVEROUTPUT", "NUM": "NUMWIDTH", "NEWP": "NEWPAGE"}  # fmt: skip
HELP = "Help: https://docs.oracle.com/error-help/db/ora-{code:05}/"


class Output:
    def __init__(self):
        self.settings = {"ECHO": False, "HEADING": True, "VERIFY": True, "DEFINE": True, "SQLBLANKLINES": False, "TAB": True, "TERMOUT": True,
                         "AUTOCOMMIT": False, "SERVEROUTPUT": False, "FEEDBACK": 6, "PAGESIZE": 14, "LINESIZE": 80, "NUMWIDTH": 10, "LONG": 80, "LONGCHUNKSIZE": 80}  # fmt: skip

    def line(self, text=""):
        print(text, flush=True)

    def set(self, rest):
        """SET a b c d: options and values in turn."""
        words = rest.split()
        while words:
            option = words.pop(0).upper()
            option = SHORT.get(option, option)
            value = words.pop(0) if words else ""
            if option == "SERVEROUTPUT" and words[:1] and words[0].upper() == "SIZE":
                del words[:2]
            if not self.set_one(option, value):
                self.line(f'SP2-0158: unknown SET option "{option}"')
                print("SQL*Plus: stand-in: refused: not in the list of SET options.", file=sys.stderr)
                sys.stdout.flush()
                raise SystemExit(1)

    def set_one(self, option, value):
        if option == "SCAN":
            option = "DEFINE"
        if option in ON_OFF or option == "DEFINE":
            if value.upper() not in ("ON", "OFF"):
                return False
            self.settings[option] = value.upper() == "ON"
        elif option == "FEEDBACK":
            if not (value.isdigit() or value.upper() in ("ON", "OFF", "ONLY")):
                return False
            self.settings[option] = {"ON": 6, "OFF": 0}.get(value.upper(), int(value) if value.isdigit() else 6)
        elif option in NUMBERS:
            if not (value.isdigit() or value.upper() == "NONE"):
                return False
            self.settings[option] = int(value) if value.isdigit() else 0
        elif option == "COLSEP":
            self.settings[option] = value.strip("'\"") or " "
        elif option not in ("SQLPROMPT", "NULL"):
            return False
        return True

    def message(self, text):
        if self.settings["FEEDBACK"]:
            self.line(f"\n{text}\n")

    def error(self, text):
        self.line(f"ERROR:\n{text}\n\n")

    def sql_error(self, error, text):
        """With the line it is about, as the real one shows it: a password in that line is shown too."""
        lines = text.split("\n")
        number = text.count("\n", 0, error["at"])
        column = error["at"] - (text.rfind("\n", 0, error["at"]) + 1)
        self.line(f"{lines[min(number, len(lines) - 1)]}\n{' ' * column}*\nERROR at line {number + 1}:\n{error['text']}\n{HELP.format(code=error['code'])}\n")

    def event(self, event):
        if "message" in event:
            self.message(event["message"])
        elif "output" in event:
            if self.settings["SERVEROUTPUT"]:
                self.line(event["output"])
        elif "count" in event:
            self.message(f"{event['count']} row{'' if event['count'] == 1 else 's'} {event['verb']}.")
        else:
            self.rows(event["headings"], [self.cut(row, event.get("long", ())) for row in event["rows"]])

    def rows(self, headings, rows):
        if not rows:
            self.message("no rows selected")
            return
        separator = self.settings.get("COLSEP", " ")
        numeric = [all(isinstance(row[index], (int, float)) or row[index] is None for row in rows) for index in range(len(headings))]
        shown = [[self.text(value) for value in row] for row in rows]
        widths = []
        for index, heading in enumerate(headings):
            longest = max(len(row[index]) for row in shown)
            widths.append(max(self.settings["NUMWIDTH"], len(heading)) if numeric[index] else max(longest, len(heading) if self.has_headings() else 1))
        if self.has_headings():
            self.line()
            self.line(separator.join(heading.rjust(width) if is_number else heading.ljust(width) for heading, width, is_number in zip(headings, widths, numeric)))
            self.line(separator.join("-" * width for width in widths))
        for row in shown:
            line = separator.join(value.rjust(width) if is_number else value.ljust(width) for value, width, is_number in zip(row, widths, numeric))
            self.line(self.tabbed(line.rstrip()))
        if self.settings["FEEDBACK"] and len(rows) >= self.settings["FEEDBACK"]:
            self.line(f"\n{len(rows)} rows selected.\n")

    def cut(self, row, long):
        """Of a CLOB the first LONG characters, its lines broken where the column ends: the smaller of LONG, LONGCHUNKSIZE and the line."""
        most = self.settings["LONG"]
        width = max(1, min(most, self.settings["LONGCHUNKSIZE"], self.settings["LINESIZE"]))
        broken = lambda text: "\n".join(line[at : at + width] for line in text[:most].split("\n") for at in range(0, max(1, len(line)), width))
        return [broken(value) if index in long and value else value for index, value in enumerate(row)]

    def has_headings(self):
        return self.settings["HEADING"] and self.settings["PAGESIZE"] > 0

    def tabbed(self, line):
        """TAB ON, the default: white space at the beginning of a line becomes tabs."""
        blanks = len(line) - len(line.lstrip(" "))
        return "\t" * (blanks // 8) + " " * (blanks % 8) + line.lstrip(" ") if self.settings["TAB"] else line

    def text(self, value):
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).upper()
        return f"{value:g}" if isinstance(value, float) else str(value)
