using Shouldly;
using Sluice.Tests.Tidy.Sources;
using Xunit;

namespace Sluice.Tests.Tidy.Rules;

public sealed class RuleTests
{
    public static TheoryData<string> Names => [.. RuleCatalog.All.Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_source_keeps_the_rule(string name)
    {
        var rule = RuleCatalog.Get(name);

        var findings = RuleExceptions.OfRepository().Apply(name, SourceFile.All.SelectMany(rule.Check));

        findings.Select(f => f.ToString()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("type-names", "sealed class LeaseManager;")]
    [InlineData("type-names", "static class StringHelpers;")]
    [InlineData("sealed-classes", "class Sample;")]
    [InlineData("one-type-per-file", "sealed class Sample; sealed class Second;")]
    [InlineData("one-type-per-file", "sealed class Other;")]
    [InlineData("constructor-parameters", "sealed class Sample(int a, int b, int c, int d, int e, int f);")]
    [InlineData("constructor-parameters", "class S { S(int a, int b, int c, int d, int e, int f) { } }")]
    [InlineData("banned-calls", "class S { object M() => System.DateTime.UtcNow; }")]
    [InlineData("banned-calls", "class S { void M() => Thread.Sleep(1); }")]
    [InlineData("no-stubs", "class S { void M() => throw new System.NotImplementedException(); }")]
    [InlineData("catches", "class S { void M() { try { } catch (IOException) { } } }")]
    [InlineData("catches", "class S { void M() { try { } catch (Exception) { M(); } } }")]
    [InlineData("catches", "class S { void M() { try { } catch { /* reason */ } } }")]
    [InlineData("directives", "class S {\n#region x\n#endregion\n}")]
    [InlineData("directives", "#pragma warning disable CA1000\nclass S;")]
    [InlineData("directives", "[SuppressMessage(\"a\", \"b\")] class S;")]
    [InlineData("commented-out-code", "class S {\n// var x = Run(1);\n}")]
    [InlineData("commented-out-code", "class S {\n// if (x > 1) {\n}")]
    [InlineData("options-documented", "class SOptions {\n/// From 1 to 2.\npublic int A { get; init; } }")]
    [InlineData("options-documented", "class SOptions {\n/// Default 2.\npublic int A { get; init; } }")]
    [InlineData("options-documented", "class SOptions { public string A { get; init; } }")]
    public void A_rule_finds_what_breaks_it(string name, string text) =>
        RuleCatalog.Get(name).Check(SourceFile.Sample(text)).ShouldNotBeEmpty();

    [Theory]
    [InlineData("constructor-parameters", "sealed record Sample(int A, int B, int C, int D, int E, int F);")]
    [InlineData("catches", "class S { void M() { try { } catch (IOException) { /* the peer left */ } } }")]
    [InlineData("catches", "class S { void M() { try { } catch (Exception) { M(); throw; } } }")]
    [InlineData("commented-out-code", "class S {\n// the lease ends first;\n// and then the shard is free.\n}")]
    [InlineData("one-type-per-file", "sealed class Sample { sealed class Inner; }")]
    [InlineData("sealed-classes", "static class Sample;")]
    public void A_rule_lets_pass_what_keeps_it(string name, string text) =>
        RuleCatalog.Get(name).Check(SourceFile.Sample(text)).ShouldBeEmpty();

    [Fact]
    public void A_file_is_found_just_past_its_limit()
    {
        var rule = RuleCatalog.Get("file-length");

        rule.Check(SourceFile.Sample(Lines(400, "x"))).ShouldBeEmpty();
        rule.Check(SourceFile.Sample(Lines(401, "x"))).ShouldHaveSingleItem().Value.ShouldBe(401);
        rule.Check(SourceFile.Sample(Lines(600, "x"), "tests/Sample.cs")).ShouldBeEmpty();
        rule.Check(SourceFile.Sample(Lines(601, "x"), "tests/Sample.cs")).ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("class S", 70)]
    [InlineData("class S : MassTransitStateMachine<X>", 100)]
    public void A_method_is_found_just_past_its_limit(string type, int limit)
    {
        var rule = RuleCatalog.Get("method-length");

        rule.Check(WithConstructorOf(limit)).ShouldBeEmpty();
        rule.Check(WithConstructorOf(limit + 1)).ShouldHaveSingleItem().Value.ShouldBe(limit + 1);

        SourceFile WithConstructorOf(int lines) =>
            SourceFile.Sample($"{type} {{\n[Obsolete]\nS()\n{{\n{Lines(lines - 3, "A();")}}}\n}}");
    }

    [Fact]
    public void Tests_wait_by_signals_only()
    {
        var sample = SourceFile.Sample("class S { object M() => Task.Delay(1); }", "tests/Unit/Sample.cs");

        RuleCatalog.Get("banned-calls").Check(sample).ShouldHaveSingleItem().Subject.ShouldBe("Task.Delay");
    }

    [Fact]
    public void A_contract_names_its_sender_and_its_handler()
    {
        const string Good = "/// <summary>Sent by a, handled by b: it runs.</summary>\n"
            + "public sealed record Sample { public required int A { get; init; } public string? B { get; init; } }";
        var rule = RuleCatalog.Get("contract-shape");

        rule.Check(Contract(Good)).ShouldBeEmpty();
        rule.Check(Changed("Sent by a, handled by b: it", "It")).ShouldNotBeEmpty();
        rule.Check(Changed("required int", "int")).ShouldNotBeEmpty();
        rule.Check(Changed("string?", "Uri?")).ShouldNotBeEmpty();

        static SourceFile Changed(string from, string to) => Contract(Good.Replace(from, to, StringComparison.Ordinal));

        static SourceFile Contract(string text) => SourceFile.Sample(text, "shared/contracts/Sample.cs");
    }
    private static string Lines(int count, string line) => string.Concat(Enumerable.Repeat(line + "\n", count));
}
