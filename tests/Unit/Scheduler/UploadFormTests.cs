using Shouldly;
using Sluice.Scheduler.Files;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class UploadFormTests
{
    [Theory]
    [InlineData("batch")]
    [InlineData("assistants")]
    [InlineData("vision")]
    [InlineData("user_data")]
    [InlineData("fine-tune")]
    [InlineData("evals")]
    public void The_usual_purposes_are_accepted(string purpose)
    {
        var form = Form(("purpose", purpose), ("surprise", "x"));

        form.Check().ShouldBeNull();
        form.Purpose.ShouldBe(purpose);
        form.ExpiresAfter.ShouldBeNull();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Batch")]
    [InlineData("batch_output")]
    public void Other_purposes_are_refused(string? purpose) =>
        (purpose is null ? Form() : Form(("purpose", purpose))).Check()!.Error.Param.ShouldBe("purpose");

    [Theory]
    [InlineData("created_at", "3600", null)]
    [InlineData("created_at", "2592000", null)]
    [InlineData("created_at", "3599", "expires_after[seconds]")]
    [InlineData("created_at", "2592001", "expires_after[seconds]")]
    [InlineData("created_at", "1e5", "expires_after[seconds]")]
    [InlineData("created_at", null, "expires_after[seconds]")]
    [InlineData("now", "3600", "expires_after[anchor]")]
    [InlineData(null, "3600", "expires_after[anchor]")]
    public void An_expiry_has_an_anchor_and_a_bounded_time(string? anchor, string? seconds, string? param)
    {
        var form = Form(("purpose", "batch"));
        if (anchor is not null)
        {
            form.Set("expires_after[anchor]", anchor);
        }

        if (seconds is not null)
        {
            form.Set("expires_after[seconds]", seconds);
        }

        form.Check()?.Error.Param.ShouldBe(param);
        form.ExpiresAfter.HasValue.ShouldBe(param is null);
    }

    private static UploadForm Form(params (string Name, string Value)[] fields)
    {
        var form = new UploadForm();
        foreach (var (name, value) in fields)
        {
            form.Set(name, value);
        }

        return form;
    }
}
