using System.Globalization;
using Sluice.Tests.Tidy.Repository;
using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

/// <summary>
/// exceptions.txt: what may break a rule, and how far. Entries can be used up, never renewed silently.
/// </summary>
internal sealed class RuleExceptions
{
    private readonly Dictionary<(string Rule, string Path, string Subject), int> _entries = [];

    public RuleExceptions(string text)
    {
        foreach (var line in text.Split('\n').Where(l => l.Length > 0 && l[0] != '#'))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var value = words.Length > 3 ? int.Parse(words[3], CultureInfo.InvariantCulture) : 0;
            _entries.Add((words[0], words[1], words[2]), value);
        }
    }

    public static RuleExceptions OfRepository() => new(RepositoryFiles.Get("tests/Tidy/exceptions.txt").Text);

    /// <summary>The findings that no entry allows, and one for each entry of the rule that nothing needs.</summary>
    public IEnumerable<Finding> Apply(string rule, IEnumerable<Finding> findings)
    {
        var worst = new Dictionary<(string, string, string), int>();
        foreach (var finding in findings)
        {
            var key = (rule, finding.Path, finding.Subject);
            if (_entries.TryGetValue(key, out var allowed) && finding.Value <= allowed)
            {
                worst[key] = Math.Max(worst.GetValueOrDefault(key), finding.Value);
                continue;
            }

            yield return finding;
        }

        foreach (var (key, allowed) in _entries.Where(e => e.Key.Rule == rule))
        {
            if (!worst.TryGetValue(key, out var used))
            {
                yield return new(key.Path, 0, key.Subject, $"exceptions.txt: no longer needed for {rule}; remove it.");
            }
            else if (used < allowed)
            {
                yield return new(key.Path, 0, key.Subject, $"exceptions.txt: lower {rule} from {allowed} to {used}.");
            }
        }
    }
}
